package plots

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"image/png"
)

// Row puts figures side by side in one, their upper edges in line: a learnt
// density beside the true one.
func Row(figures ...Figure) Figure {
	const name = "row"
	if len(figures) == 0 {
		return failed(name, errors.New("no figures: give at least one"))
	}
	return figure{name, func() (image.Image, error) {
		var parts []image.Image
		var size image.Point
		for i, f := range figures {
			part, err := decode(f)
			if err != nil {
				return nil, fmt.Errorf("figure %d: %w", i+1, err)
			}
			parts = append(parts, part)
			size.X += part.Bounds().Dx()
			size.Y = max(size.Y, part.Bounds().Dy())
		}
		page := image.NewNRGBA(image.Rectangle{Max: size})
		draw.Draw(page, page.Bounds(), image.White, image.Point{}, draw.Src)
		place := page.Bounds()
		for _, part := range parts {
			draw.Draw(page, place, part, part.Bounds().Min, draw.Src)
			place.Min.X += part.Bounds().Dx()
		}
		return page, nil
	}}
}

func decode(f Figure) (image.Image, error) {
	encoded, err := encode(f)
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(encoded))
}
