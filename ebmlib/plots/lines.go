package plots

import (
	"image/color"
	"iter"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// addLine draws the values as a line with a gap where one is not finite. A
// value between two gaps is a dot.
func addLine(panel *plot.Plot, steps, values []float64, style draw.LineStyle) {
	dots := &plotter.Scatter{GlyphStyle: draw.GlyphStyle{Color: style.Color, Radius: style.Width, Shape: draw.CircleGlyph{}}}
	for _, run := range finiteRuns(steps, values) {
		if len(run) == 1 {
			dots.XYs = append(dots.XYs, run[0])
			continue
		}
		// The time to stroke a path grows with the square of its length, so a
		// long line is stroked in pieces that share their ends.
		const segments = 100
		line := thin(run)
		for from := 0; from < len(line)-1; from += segments {
			piece := line[from:min(from+segments+1, len(line))]
			panel.Add(&plotter.Line{XYs: piece, LineStyle: style})
		}
	}
	if len(dots.XYs) > 0 {
		panel.Add(dots)
	}
}

// addRaw draws the values as a fine line, and where it is too long to be told
// apart at the width of a chart, as the band that such a line would fill.
func addRaw(panel *plot.Plot, steps, values []float64, c color.Color) {
	for _, run := range finiteRuns(steps, values) {
		if len(run) <= 2*chartWidth {
			panel.Add(&plotter.Line{XYs: run, LineStyle: draw.LineStyle{Color: c, Width: vg.Points(0.8)}})
			continue
		}
		var band, lower plotter.XYs
		for points := range byPixel(run) {
			low, high := extremes(points)
			band = append(band, points[high])
			lower = append(lower, points[low])
		}
		slices.Reverse(lower)
		panel.Add(&plotter.Polygon{XYs: []plotter.XYs{append(band, lower...)}, Color: c})
	}
}

// finiteRuns cuts the values where one is not finite.
func finiteRuns(steps, values []float64) []plotter.XYs {
	var runs []plotter.XYs
	inRun := false
	for i, v := range values {
		if finite(v) {
			if !inRun {
				runs = append(runs, nil)
			}
			last := len(runs) - 1
			runs[last] = append(runs[last], plotter.XY{X: steps[i], Y: v})
		}
		inRun = finite(v)
	}
	return runs
}

// thin keeps of a long line what shows at the width of a chart: of the points
// on one pixel column the first, the lowest, the highest and the last.
func thin(line plotter.XYs) plotter.XYs {
	if len(line) <= 4*chartWidth {
		return line
	}
	var kept plotter.XYs
	for points := range byPixel(line) {
		low, high := extremes(points)
		kept = append(kept, points[0], points[min(low, high)], points[max(low, high)], points[len(points)-1])
	}
	return kept
}

// byPixel cuts a line into as many parts as a chart has pixel columns.
func byPixel(line plotter.XYs) iter.Seq[plotter.XYs] {
	return slices.Chunk(line, (len(line)+chartWidth-1)/chartWidth)
}

// extremes returns the indices of the lowest and the highest point.
func extremes(points plotter.XYs) (low, high int) {
	for i, p := range points {
		if p.Y < points[low].Y {
			low = i
		}
		if p.Y > points[high].Y {
			high = i
		}
	}
	return low, high
}
