package plots

import (
	"fmt"
	"image"
	"math"

	"github.com/gomlx/gomlx/core/tensors"
	stddraw "golang.org/x/image/draw"
	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// ChainStrip shows how samples form: a row for each chain, a column for each
// frame, headed by its step. The chain is float32 [frames, chains, channels,
// height, width] with 1 or 3 channels and values in [0, 1], steps the step of
// each frame.
func ChainStrip(chain *tensors.Tensor, steps []int) Figure {
	const name = "chain-strip"
	all, err := pictures(chain, "frame", "chain", "channel", "row", "column")
	if err != nil {
		return failed(name, err)
	}
	frames, chains := chain.Shape().Dimensions[0], chain.Shape().Dimensions[1]
	if len(steps) != frames {
		return failed(name, fmt.Errorf("%d steps for %d frames: give the step of each frame", len(steps), frames))
	}
	byChain := make([]image.Image, 0, len(all))
	for c := range chains {
		for f := range frames {
			byChain = append(byChain, all[f*chains+c])
		}
	}
	heads := make([]string, frames)
	for f, step := range steps {
		heads[f] = fmt.Sprintf("step %d", step)
	}
	return figure{name, func() (image.Image, error) {
		width := all[0].Bounds().Dx()
		scale := max(enlargement(width, frames), ceilDiv(widestHead(heads), width))
		return underHeads(heads, tile(byChain, frames, scale)), nil
	}}
}

var headStyle = func() draw.TextStyle {
	style := textStyle(10, stdfont.WeightNormal)
	style.XAlign = draw.XCenter
	return style
}()

// widestHead returns the pixels that a column needs for its head.
func widestHead(heads []string) int {
	widest := vg.Length(0)
	for _, head := range heads {
		widest = max(widest, headStyle.Width(head))
	}
	return int(math.Ceil(widest.Dots(dpi))) + 6
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// underHeads puts a line of text above the mosaic, a word over each column.
func underHeads(heads []string, mosaic image.Image) image.Image {
	size := mosaic.Bounds().Size()
	const headHeight = 24 // pixels
	canvas := vgimg.NewWith(vgimg.UseWH(pixels(size.X), pixels(headHeight)), vgimg.UseDPI(dpi))
	area := draw.New(canvas)
	for i, head := range heads {
		x := (float64(i) + 0.5) / float64(len(heads))
		area.FillText(headStyle, vg.Point{X: area.X(x), Y: pixels(8)}, head)
	}
	page := image.NewNRGBA(image.Rect(0, 0, size.X, headHeight+size.Y))
	stddraw.Draw(page, page.Bounds(), canvas.Image(), image.Point{}, stddraw.Src)
	stddraw.Draw(page, image.Rect(0, headHeight, size.X, headHeight+size.Y), mosaic, image.Point{}, stddraw.Src)
	return page
}
