package plots

import (
	"image"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// A chart is a header over panels, one below the other with their vertical
// axes in line.
type chart struct {
	header
	panels []*plot.Plot
}

const (
	chartWidth  = 800 // pixels
	panelHeight = 260 // pixels
)

// image draws the chart.
func (c chart) image() image.Image {
	width := pixels(chartWidth)
	height := c.height(width-2*margin) + pixels(panelHeight*len(c.panels)) + 2*margin
	canvas, area := newCanvas(width, height)
	area = c.draw(area)

	column := make([][]*plot.Plot, len(c.panels))
	for i, p := range c.panels {
		open(&p.X)
		open(&p.Y)
		column[i] = []*plot.Plot{p}
	}
	tiles := draw.Tiles{Rows: len(c.panels), Cols: 1, PadY: vg.Points(10)}
	for i, row := range plot.Align(column, tiles, area) {
		c.panels[i].Draw(row[0])
	}
	return canvas.Image()
}

// open opens the range of an axis that shows a single value, or none.
func open(axis *plot.Axis) {
	if _, isLog := axis.Scale.(plot.LogScale); !isLog {
		axis.Min, axis.Max = spread(axis.Min, axis.Max)
		return
	}
	if axis.Min > axis.Max {
		axis.Min, axis.Max = 1, 1
	}
	if axis.Min == axis.Max {
		axis.Min, axis.Max = axis.Min/2, axis.Max*2
	}
}

// newCanvas returns a white canvas and the area within its margins.
func newCanvas(width, height vg.Length) (*vgimg.Canvas, draw.Canvas) {
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))
	return canvas, draw.Crop(draw.New(canvas), margin, -margin, margin, -margin)
}
