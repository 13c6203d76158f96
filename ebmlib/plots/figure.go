package plots

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
)

// A Figure can be drawn as a PNG.
type Figure interface {
	// PNG draws the figure, or returns the error of the input it was made from.
	PNG() ([]byte, error)
}

// figure is the Figure behind every function of this package.
type figure struct {
	name string // of its file, without extension
	draw func() (image.Image, error)
}

// failed returns a figure that reports what was wrong with its input.
func failed(name string, err error) Figure {
	return figure{name, func() (image.Image, error) { return nil, err }}
}

// PNG draws the figure. The drawing library panics on geometry it cannot lay
// out; here that becomes an error, so that a picture never ends a run.
func (f figure) PNG() (encoded []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			encoded, err = nil, fmt.Errorf("plots: %s: cannot be drawn: %v", f.name, r)
		}
	}()
	img, err := f.draw()
	if err != nil {
		return nil, fmt.Errorf("plots: %s: %w", f.name, err)
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return nil, fmt.Errorf("plots: %s: %w", f.name, err)
	}
	return buf.Bytes(), nil
}

var errNilFigure = errors.New("plots: the figure is nil: make it with a function of this package, such as Curves or Grid")

// encode returns the figure's PNG, and an error for a nil Figure.
func encode(f Figure) ([]byte, error) {
	if f == nil {
		return nil, errNilFigure
	}
	return f.PNG()
}
