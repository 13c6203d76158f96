package plots

import (
	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A header is the title of a figure and, below it, its legend in lines from
// left to right: above the axes a legend never covers data.
type header struct {
	title  string
	legend []legendEntry
}

type legendEntry struct {
	label  string
	thumbs []plot.Thumbnailer // drawn one over the other
}

var (
	titleStyle  = textStyle(12, stdfont.WeightBold)
	legendStyle = textStyle(10, stdfont.WeightNormal)
	lineHeight  = legendStyle.FontExtents().Height + vg.Points(3)
	thumbWidth  = vg.Points(20)
	thumbGap    = vg.Points(5)  // between thumbnail and label
	entryGap    = vg.Points(18) // between entries
)

func (e legendEntry) width() vg.Length {
	return thumbWidth + thumbGap + legendStyle.Width(e.label)
}

// lines breaks the legend into lines no wider than width; an entry wider than
// that has a line to itself.
func (h header) lines(width vg.Length) [][]legendEntry {
	var lines [][]legendEntry
	left := vg.Length(-1)
	for _, e := range h.legend {
		if left < e.width() {
			lines = append(lines, nil)
			left = width
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], e)
		left -= e.width() + entryGap
	}
	return lines
}

// height returns what the header takes of a figure's height.
func (h header) height(width vg.Length) vg.Length {
	height := lineHeight*vg.Length(len(h.lines(width))) + vg.Points(6)
	if h.title != "" {
		height += titleStyle.FontExtents().Height + vg.Points(6)
	}
	return height
}

// draw draws the header along the top and returns the area below it.
func (h header) draw(area draw.Canvas) draw.Canvas {
	below := draw.Crop(area, 0, 0, 0, -h.height(area.Size().X))
	y := area.Max.Y
	if h.title != "" {
		y -= titleStyle.FontExtents().Height
		area.FillText(titleStyle, vg.Point{X: area.Min.X, Y: y + titleStyle.FontExtents().Descent}, h.title)
		y -= vg.Points(6)
	}
	for _, line := range h.lines(area.Size().X) {
		x := area.Min.X
		y -= lineHeight
		for _, e := range line {
			thumb := draw.Canvas{Canvas: area.Canvas, Rectangle: vg.Rectangle{
				Min: vg.Point{X: x, Y: y},
				Max: vg.Point{X: x + thumbWidth, Y: y + legendStyle.FontExtents().Height},
			}}
			for _, t := range e.thumbs {
				t.Thumbnail(&thumb)
			}
			label := vg.Point{X: thumb.Max.X + thumbGap, Y: y + legendStyle.FontExtents().Descent}
			area.FillText(legendStyle, label, e.label)
			x += e.width() + entryGap
		}
	}
	return below
}
