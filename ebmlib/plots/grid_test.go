package plots

import (
	"image"
	"image/color"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// Every pixel of every image becomes a square of its own colour, in reading
// order with separators of 2 pixels.
func TestGridPixels(t *testing.T) {
	for _, c := range []struct{ n, channels, size, columns, scale int }{
		{5, 1, 8, 3, 12},
		{4, 1, 28, 2, 3},
		{3, 3, 32, 3, 3},
		{20, 1, 28, 16, 2},
	} {
		images := ramp(c.n, c.channels, c.size, c.size)
		values := tensors.MustCopyFlatData[float32](images)
		img := render(t, Grid(images, c.columns))
		cell := c.size*c.scale + 2
		rows := (c.n + c.columns - 1) / c.columns
		if got, want := img.Bounds().Size(), image.Pt(c.columns*cell+2, rows*cell+2); got != want {
			t.Fatalf("%+v: size %v, want %v", c, got, want)
		}
		level := func(n, channel, y, x int) uint8 {
			return uint8(255*values[((n*c.channels+channel%c.channels)*c.size+y)*c.size+x] + 0.5)
		}
		for n := range c.n {
			for y := range c.size * c.scale {
				for x := range c.size * c.scale {
					got := rgb(img, n%c.columns*cell+2+x, n/c.columns*cell+2+y)
					row, column := y/c.scale, x/c.scale
					want := color.NRGBA{level(n, 0, row, column), level(n, 1, row, column), level(n, 2, row, column), 255}
					if got != want {
						t.Fatalf("%+v: image %d, pixel (%d, %d) is %v, want %v", c, n, x, y, got, want)
					}
				}
			}
		}
	}
}

func TestGridErrors(t *testing.T) {
	with := func(bad float32) *tensors.Tensor {
		values := make([]float32, 2*3*4*4)
		values[1*48+2*16+3*4+1] = bad
		return tensors.FromFlatDataAndDimensions(values, 2, 3, 4, 4)
	}
	for _, bad := range []float32{-0.01, 1.01, float32(nan), float32(inf)} {
		wantError(t, Grid(with(bad), 2), "image 1, channel 2, row 3, column 1", "[0, 1]")
	}
	wantError(t, Grid(ramp(2, 3, 4, 4), 0), "0 columns")
	wantError(t, Grid(ramp(2, 4, 4, 4), 2), "4 channels")
	wantError(t, Grid(ramp(3, 4, 4), 2), "image, channel, row, column")
	wantError(t, Grid(tensors.FromFlatDataAndDimensions(make([]float64, 16), 1, 1, 4, 4), 2), "float32")
	wantError(t, Grid(nil, 2), "nil")
}

// Chains are rows and frames are columns, below a line of text.
func TestChainStripPixels(t *testing.T) {
	const frames, chains, size = 3, 2, 8
	values := make([]float32, frames*chains*size*size)
	for i := range values {
		values[i] = float32(i/(size*size)) / 10 // frame f, chain c is f*chains + c tenths
	}
	img := render(t, ChainStrip(tensors.FromFlatDataAndDimensions(values, frames, chains, 1, size, size), []int{0, 10, 200}))
	cell := img.Bounds().Dx() / frames
	head := img.Bounds().Dy() - chains*cell
	for f := range frames {
		for c := range chains {
			want := uint8(255*float32(f*chains+c)/10 + 0.5)
			if got := rgb(img, f*cell+cell/2, head+c*cell+cell/2); got.R != want {
				t.Errorf("frame %d of chain %d is %v, want level %d", f, c, got, want)
			}
		}
		column := image.Rect(f*cell, 0, (f+1)*cell, 20)
		if count(img, column, color.NRGBA{255, 255, 255, 255}) == column.Dx()*column.Dy() {
			t.Errorf("no text above column %d", f)
		}
	}
}

func TestChainStripErrors(t *testing.T) {
	wantError(t, ChainStrip(ramp(3, 2, 1, 8, 8), []int{0, 1}), "2 steps for 3 frames")
	wantError(t, ChainStrip(ramp(3, 1, 8, 8), []int{0, 1, 2}), "frame, chain, channel, row, column")
}
