package plots

import (
	"errors"
	"fmt"
	"image"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Line is a series of [XY]: a line through points, perhaps with the intervals
// that their values are sure of. A value that is NaN or infinite leaves a gap.
type Line struct {
	Name      string
	X, Y      []float64
	Low, High []float64 // the ends of the intervals of Y, both or neither
}

// Axis is an axis of [XY].
type Axis struct {
	Label string
	Log   bool // logarithmic; all values must then be above 0
}

// XY plots lines: a ROC curve, an error against the step size. Of up to 30
// points each is marked by a dot.
//
// Errors: no lines; one without points, or with lists of unequal length; a
// value that is not above 0 on a logarithmic axis.
func XY(title string, x, y Axis, lines ...Line) Figure {
	const name = "xy"
	if len(lines) == 0 {
		return failed(name, errors.New("no lines to plot: give at least one"))
	}
	panel := newPlot(x.Label, y.Label)
	x.scale(&panel.X)
	y.scale(&panel.Y)
	var legend []legendEntry
	for i, line := range lines {
		if err := line.check(x, y); err != nil {
			return failed(name, fmt.Errorf("line %q: %w", line.Name, err))
		}
		style := lineStyle(i)
		line.addTo(panel, style)
		legend = append(legend, legendEntry{line.Name, []plot.Thumbnailer{&plotter.Line{LineStyle: style}}})
	}
	return figure{name, func() (image.Image, error) { return chart{header{title, legend}, []*plot.Plot{panel}}.image(), nil }}
}

func (a Axis) scale(axis *plot.Axis) {
	if a.Log {
		axis.Scale, axis.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
}

func (l Line) check(x, y Axis) error {
	if len(l.X) == 0 || len(l.X) != len(l.Y) || len(l.Low) != len(l.High) || len(l.Low) != 0 && len(l.Low) != len(l.Y) {
		return fmt.Errorf("it has %d X, %d Y, %d Low and %d High: give as many X as Y, at least one, and as many Low and High or none",
			len(l.X), len(l.Y), len(l.Low), len(l.High))
	}
	for _, on := range []struct {
		axis   Axis
		values [][]float64
	}{{x, [][]float64{l.X}}, {y, [][]float64{l.Y, l.Low, l.High}}} {
		for _, values := range on.values {
			for _, value := range values {
				if on.axis.Log && finite(value) && value <= 0 {
					return fmt.Errorf("it has the value %g, which a logarithmic axis (%s) can't show", value, on.axis.Label)
				}
			}
		}
	}
	return nil
}

func (l Line) addTo(panel *plot.Plot, style draw.LineStyle) {
	addLine(panel, l.X, l.Y, style)
	dots := &plotter.Scatter{GlyphStyle: draw.GlyphStyle{Color: style.Color, Radius: vg.Points(2.5), Shape: draw.CircleGlyph{}}}
	for i, value := range l.Y {
		if len(l.Y) <= 30 && finite(value) {
			dots.XYs = append(dots.XYs, plotter.XY{X: l.X[i], Y: value})
		}
		if len(l.Low) > 0 && finite(l.Low[i]) && finite(l.High[i]) {
			bar := style
			bar.Width, bar.Dashes = vg.Points(0.8), nil
			panel.Add(&plotter.Line{XYs: plotter.XYs{{X: l.X[i], Y: l.Low[i]}, {X: l.X[i], Y: l.High[i]}}, LineStyle: bar})
		}
	}
	if len(dots.XYs) > 0 {
		panel.Add(dots)
	}
	for _, value := range l.X { // A gap at an end is within the axis too.
		if finite(value) {
			panel.X.Min, panel.X.Max = math.Min(panel.X.Min, value), math.Max(panel.X.Max, value)
		}
	}
}
