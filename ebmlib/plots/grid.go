package plots

import (
	"fmt"
	"image"

	"github.com/gomlx/gomlx/core/tensors"
)

// Grid shows images float32 [n, channels, height, width], with 1 or 3 channels
// and values in [0, 1], from left to right in rows of that many columns. Each
// pixel becomes a square of equal pixels. Values outside [0, 1] and NaN are an
// error that names the first.
func Grid(images *tensors.Tensor, columns int) Figure {
	const name = "grid"
	if columns < 1 {
		return failed(name, fmt.Errorf("%d columns: a grid needs at least 1", columns))
	}
	all, err := pictures(images, "image", "channel", "row", "column")
	if err != nil {
		return failed(name, err)
	}
	return figure{name, func() (image.Image, error) {
		return tile(all, columns, enlargement(all[0].Bounds().Dx(), columns)), nil
	}}
}
