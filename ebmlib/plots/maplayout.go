package plots

import (
	"image"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A mapLayout is a header over a field and, to its right, its colour bar of the
// same height.
type mapLayout struct {
	header
	field, bar *plot.Plot
}

var (
	mapSide  = pixels(400) // the longer side of the field
	barWidth = pixels(18)
	barGap   = pixels(18)
)

// image draws the field with the same scale on both axes.
func (l mapLayout) image(m Map) image.Image {
	dx, dy := m.XMax-m.XMin, m.YMax-m.YMin
	scale := mapSide / vg.Length(math.Max(dx, dy))
	inner := vg.Point{X: scale * vg.Length(dx), Y: scale * vg.Length(dy)}

	field := around(l.field, inner)
	bar := around(l.bar, vg.Point{X: barWidth, Y: inner.Y})
	width := field.width() + barGap + bar.width()
	headerHeight := l.height(width)
	canvas, area := newCanvas(width+2*margin, headerHeight+field.height()+2*margin)
	area = l.draw(area)

	l.field.Draw(draw.Crop(area, 0, field.width()-area.Size().X, 0, 0))
	l.bar.Draw(draw.Crop(area, area.Size().X-bar.width(), 0, field.bottom-bar.bottom, bar.top-field.top))
	return canvas.Image()
}

// An outer is what a plot takes with its axes around an inner rectangle.
type outer struct {
	inner                    vg.Point
	left, right, bottom, top vg.Length
}

// around measures a plot whose data fill the inner rectangle. What the labels
// take depends a little on the size of the whole, so the first measure serves
// as the size for the second.
func around(p *plot.Plot, inner vg.Point) outer {
	o := outer{inner: inner}
	for range 2 {
		trial := draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: o.width(), Y: o.height()}}}
		data := p.DataCanvas(trial)
		o.left, o.right = data.Min.X, trial.Max.X-data.Max.X
		o.bottom, o.top = data.Min.Y, trial.Max.Y-data.Max.Y
	}
	return o
}

func (o outer) width() vg.Length  { return o.left + o.inner.X + o.right }
func (o outer) height() vg.Length { return o.bottom + o.inner.Y + o.top }
