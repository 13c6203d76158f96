package plots

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"golang.org/x/image/draw"
)

// pictures reads a float32 tensor whose last three axes are channels (1 or 3),
// height and width, with values in [0, 1]: one picture for each index of the
// axes before them, in order. axes names them all.
func pictures(t *tensors.Tensor, axes ...string) ([]image.Image, error) {
	if err := t.CheckValid(); err != nil {
		return nil, fmt.Errorf("the images cannot be read: %w", err)
	}
	shape := t.Shape()
	dims := shape.Dimensions
	if shape.DType != dtypes.Float32 || len(dims) != len(axes) || slices.Contains(dims, 0) {
		return nil, fmt.Errorf("the images have shape %s: they must be float32 [%s], none of them 0", shape, strings.Join(axes, ", "))
	}
	channels, height, width := dims[len(dims)-3], dims[len(dims)-2], dims[len(dims)-1]
	if channels != 1 && channels != 3 {
		return nil, fmt.Errorf("the images have %d channels, in shape %s: 1 (grey) or 3 (red, green, blue) can be drawn", channels, shape)
	}
	values, err := tensors.CopyFlatData[float32](t)
	if err != nil {
		return nil, fmt.Errorf("the images cannot be read: %w", err)
	}
	for i, v := range values {
		if !(v >= 0 && v <= 1) { // so that NaN is caught
			return nil, fmt.Errorf("the value at %s is %v: images must be in [0, 1]", position(i, dims, axes), v)
		}
	}
	var all []image.Image
	for one := range slices.Chunk(values, channels*height*width) {
		all = append(all, picture(one, channels, height, width))
	}
	return all, nil
}

// picture returns the picture of values [channels, height, width].
func picture(values []float32, channels, height, width int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			level := func(channel int) uint8 {
				return uint8(math.Round(255 * float64(values[(channel%channels*height+y)*width+x])))
			}
			img.SetNRGBA(x, y, color.NRGBA{R: level(0), G: level(1), B: level(2), A: 255})
		}
	}
	return img
}

// position writes the place of a flat index, axis by axis.
func position(flat int, dims []int, axes []string) string {
	parts := make([]string, len(dims))
	for axis, size := range slices.Backward(dims) {
		parts[axis] = fmt.Sprintf("%s %d", axes[axis], flat%size)
		flat /= size
	}
	return strings.Join(parts, ", ")
}

// separator is the width in pixels of the lines between pictures.
const separator = 2

// tile lays equal pictures out in rows, each enlarged scale times by repeating
// its pixels, with grey separators between and around them. Places that are
// left over in the last row are white.
func tile(pictures []image.Image, columns, scale int) *image.NRGBA {
	size := pictures[0].Bounds().Size().Mul(scale)
	rows := (len(pictures) + columns - 1) / columns
	mosaic := image.NewNRGBA(image.Rect(0, 0, columns*(size.X+separator)+separator, rows*(size.Y+separator)+separator))
	draw.Draw(mosaic, mosaic.Bounds(), image.NewUniform(grey), image.Point{}, draw.Src)
	for i := range rows * columns {
		corner := image.Pt(i%columns*(size.X+separator)+separator, i/columns*(size.Y+separator)+separator)
		place := image.Rectangle{Min: corner, Max: corner.Add(size)}
		if i < len(pictures) {
			draw.NearestNeighbor.Scale(mosaic, place, pictures[i], pictures[i].Bounds(), draw.Src, nil)
		} else {
			draw.Draw(mosaic, place, image.White, image.Point{}, draw.Src)
		}
	}
	return mosaic
}

// enlargement returns how many times to enlarge pictures of that width: to
// about 96 pixels, less where the row would be wider than 940.
func enlargement(width, columns int) int {
	room := (940-separator)/columns - separator
	return max(1, min(96/width, room/width))
}
