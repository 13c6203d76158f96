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
	return together("row", figures, func(size image.Point) image.Point { return image.Pt(size.X, 0) })
}

// Column puts figures one below the other in one, their left edges in line.
func Column(figures ...Figure) Figure {
	return together("column", figures, func(size image.Point) image.Point { return image.Pt(0, size.Y) })
}

// together puts figures into one, each as far from the one before as next says
// of that one's size.
func together(name string, figures []Figure, next func(size image.Point) image.Point) Figure {
	if len(figures) == 0 {
		return failed(name, errors.New("no figures: give at least one"))
	}
	return figure{name, func() (image.Image, error) {
		var parts []image.Image
		var place image.Point
		var page image.Rectangle
		for i, f := range figures {
			part, err := decode(f)
			if err != nil {
				return nil, fmt.Errorf("figure %d: %w", i+1, err)
			}
			parts = append(parts, part)
			page = page.Union(image.Rectangle{place, place.Add(part.Bounds().Size())})
			place = place.Add(next(part.Bounds().Size()))
		}
		whole := image.NewNRGBA(page)
		draw.Draw(whole, page, image.White, image.Point{}, draw.Src)
		place = image.Point{}
		for _, part := range parts {
			draw.Draw(whole, image.Rectangle{place, page.Max}, part, part.Bounds().Min, draw.Src)
			place = place.Add(next(part.Bounds().Size()))
		}
		return whole, nil
	}}
}

func decode(f Figure) (image.Image, error) {
	encoded, err := encode(f)
	if err != nil {
		return nil, err
	}
	return png.Decode(bytes.NewReader(encoded))
}
