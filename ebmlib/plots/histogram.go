package plots

import (
	"errors"
	"fmt"
	"image"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// Histogram overlays the distributions of the series, in the order of their
// names, over common bins: ages in a replay buffer, energies of data and of
// samples. A bar is the fraction of its series in the bin, so that series of
// different sizes compare; the legend gives the sizes. Integer values get bins
// of whole integers.
//
// Values that are NaN or infinite have no bin: the legend counts them, and
// they count in the size. A series without a finite value is an error.
func Histogram(title, xLabel string, series map[string][]float64) Figure {
	const name = "histogram"
	if len(series) == 0 {
		return failed(name, errors.New("no series: give at least one, by name"))
	}
	labels := slices.Sorted(maps.Keys(series))
	var all []float64
	for _, label := range labels {
		before := len(all)
		for _, v := range series[label] {
			if finite(v) {
				all = append(all, v)
			}
		}
		if len(all) == before {
			return failed(name, fmt.Errorf("series %q has no finite value among its %d", label, len(series[label])))
		}
	}
	b := newBins(all)
	var lines []plot.Plotter
	var legend []legendEntry
	for i, label := range labels {
		outline, missing := b.outline(series[label])
		line := &plotter.Line{XYs: outline, LineStyle: lineStyle(i), FillColor: faint(lineStyle(i).Color)}
		lines = append(lines, line)
		size := fmt.Sprintf("%d values", len(series[label]))
		if missing > 0 {
			size += fmt.Sprintf(", %d not finite", missing)
		}
		legend = append(legend, legendEntry{label + " (" + size + ")", []plot.Thumbnailer{line}})
	}
	return figure{name, func() (image.Image, error) {
		panel := newPlot(xLabel, "fraction of values")
		panel.Add(lines...)
		return chart{header{title, legend}, []*plot.Plot{panel}}.image(), nil
	}}
}

// bins are intervals of equal width: bin i is [low + i width, low + (i+1) width).
type bins struct {
	low, width float64
	count      int
}

// newBins returns bins over the finite values: about the square root of their
// number, from 10 to 60.
func newBins(values []float64) bins {
	low, high := slices.Min(values), slices.Max(values)
	want := math.Min(60, math.Max(10, math.Sqrt(float64(len(values)))))
	integers := !slices.ContainsFunc(values, func(v float64) bool { return v != math.Trunc(v) })
	switch {
	case integers:
		width := math.Ceil((high - low + 1) / want)
		return bins{low - 0.5, width, int(math.Ceil((high - low + 1) / width))}
	case low == high:
		return bins{low - 0.5, 1, 1}
	}
	return bins{low, (high - low) / math.Round(want), int(math.Round(want))}
}

// outline returns the top edge of the bars, closed down to zero at both ends,
// and how many values are not finite.
func (b bins) outline(values []float64) (edge plotter.XYs, missing int) {
	fractions := make([]float64, b.count)
	for _, v := range values {
		if !finite(v) {
			missing++
			continue
		}
		i := min(int((v-b.low)/b.width), b.count-1) // the last bin takes in its upper edge
		fractions[i] += 1 / float64(len(values))
	}
	edge = plotter.XYs{{X: b.low, Y: 0}}
	for i, f := range fractions {
		left := b.low + float64(i)*b.width
		edge = append(edge, plotter.XY{X: left, Y: f}, plotter.XY{X: left + b.width, Y: f})
	}
	return append(edge, plotter.XY{X: b.low + float64(b.count)*b.width, Y: 0}), missing
}
