package plots

import (
	"errors"
	"fmt"
	"image"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Curves plots columns of the metrics against the column "step": every value
// faintly, and over it the mean of the last values, as many as a fiftieth of
// the rows but at most 500. Runs of fewer than 100 rows show the values alone.
//
// A value that is NaN or infinite leaves a gap, counted in the legend, so that
// a diverged run can be plotted. Columns that are missing or differ in length
// are an error.
func Curves(title, yLabel string, metrics map[string][]float64, columns ...string) Figure {
	const name = "curves"
	if len(columns) == 0 {
		return failed(name, errors.New("no columns to plot: name at least one"))
	}
	var lines []series
	for i, c := range columns {
		s, err := newSeries(metrics, c, c, lineStyle(i))
		if err != nil {
			return failed(name, err)
		}
		lines = append(lines, s)
	}
	return figure{name, func() (image.Image, error) {
		panel := newPlot("step", yLabel)
		for _, s := range lines {
			s.addTo(panel)
		}
		return chart{header{title, curvesLegend(lines)}, []*plot.Plot{panel}}.image(), nil
	}}
}

// A series is one curve: values by step.
type series struct {
	label         string
	steps, values []float64
	style         draw.LineStyle
}

func newSeries(metrics map[string][]float64, columnName, label string, style draw.LineStyle) (series, error) {
	steps, values, err := column(metrics, columnName)
	return series{label, steps, values, style}, err
}

// window returns how many values the moving average takes, at most 500 to stay
// quick; 1 is none.
func (s series) window() int { return max(1, min(len(s.values)/50, 500)) }

// addTo draws the series on the panel, whose horizontal axis takes in every
// step, those with a gap included.
func (s series) addTo(panel *plot.Plot) {
	panel.X.Min = math.Min(panel.X.Min, slices.Min(s.steps))
	panel.X.Max = math.Max(panel.X.Max, slices.Max(s.steps))
	panel.X.Tick.Marker = ticks{count: 8, least: 1} // there is no half step
	if s.window() == 1 {
		addLine(panel, s.steps, s.values, s.style)
		return
	}
	addRaw(panel, s.steps, s.values, faint(s.style.Color))
	addLine(panel, s.steps, movingAverage(s.values, s.window()), s.style)
}

// curvesLegend names the series, says what is faint, and counts the gaps.
func curvesLegend(lines []series) []legendEntry {
	var legend []legendEntry
	for _, s := range lines {
		gaps := 0
		for _, v := range s.values {
			if !finite(v) {
				gaps++
			}
		}
		label := s.label
		if gaps > 0 {
			label = fmt.Sprintf("%s (%d of %d not finite)", label, gaps, len(s.values))
		}
		legend = append(legend, legendEntry{label, []plot.Thumbnailer{&plotter.Line{LineStyle: s.style}}})
	}
	if window := lines[0].window(); window > 1 {
		raw := draw.LineStyle{Color: faint(black), Width: vg.Points(0.8)}
		label := fmt.Sprintf("faint: each value; bold: mean of the last %d", window)
		legend = append(legend, legendEntry{label, []plot.Thumbnailer{&plotter.Line{LineStyle: raw}}})
	}
	return legend
}
