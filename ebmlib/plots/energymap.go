package plots

import (
	"fmt"
	"image"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// EnergyMap draws the map in colour, with contour lines at the ticks of its
// colour bar, and over it the points [n*2], x and y in turn, which may be nil.
// Both axes have the same scale.
//
// Cells whose value is NaN or infinite are grey; the legend counts them, and a
// map with such cells has no contour lines. It also counts the points that lie
// outside the map. Points that are not finite are an error.
func EnergyMap(title string, m Map, points []float32) Figure {
	const name = "energy-map"
	if err := m.check(); err != nil {
		return failed(name, err)
	}
	if len(points)%2 != 0 {
		return failed(name, fmt.Errorf("the points are %d numbers: they come in pairs, x and y", len(points)))
	}
	for i, v := range points {
		if !finite(float64(v)) {
			return failed(name, fmt.Errorf("point %d is (%v, %v): points must be finite", i/2, points[i/2*2], points[i/2*2+1]))
		}
	}
	return figure{name, func() (image.Image, error) {
		colors, err := viridis()
		if err != nil {
			return nil, err
		}
		low, high, missing := m.finiteRange()
		colors.SetMin(low)
		colors.SetMax(high)

		field := newPlot("x", "y")
		field.X.Padding, field.Y.Padding = 0, 0
		field.X.Tick.Marker = ticks{count: 5}
		addField(field, m, colors)
		if missing == 0 {
			addContours(field, m, colors)
		}
		legend := addPoints(field, m, points)
		if missing > 0 {
			label := fmt.Sprintf("not finite (%d of %d cells), no contours", missing, len(m.Values))
			legend = append(legend, legendEntry{label, []plot.Thumbnailer{&plotter.Polygon{Color: notFinite}}})
		}
		return mapLayout{header{title, legend}, field, newColorBar(m.Label, colors)}.image(m), nil
	}}
}

// notFinite is the colour of cells without a finite value.
var notFinite = color.NRGBA{R: 190, G: 190, B: 190, A: 255}

// cells shows a Map to the plotters.
type cells struct{ Map }

func (c cells) Dims() (columns, rows int) { return c.Columns, c.Rows }
func (c cells) Z(column, row int) float64 { return c.Values[row*c.Columns+column] }

// addField draws the colours.
func addField(field *plot.Plot, m Map, colors palette.ColorMap) {
	field.Add(&plotter.HeatMap{
		GridXYZ: cells{m}, Palette: colors.Palette(256), Min: colors.Min(), Max: colors.Max(),
		NaN: notFinite, Underflow: notFinite, Overflow: notFinite, Rasterized: true,
	})
	field.X.Min, field.X.Max = m.XMin, m.XMax
	field.Y.Min, field.Y.Max = m.YMin, m.YMax
}

// addContours draws a line at each tick of the colour bar.
func addContours(field *plot.Plot, m Map, colors palette.ColorMap) {
	var levels []float64
	for _, tick := range barTicks.Ticks(colors.Min(), colors.Max()) {
		levels = append(levels, tick.Value)
	}
	field.Add(&plotter.Contour{
		GridXYZ: cells{m}, Levels: levels, Min: colors.Min(), Max: colors.Max(),
		LineStyles: []draw.LineStyle{{Color: color.NRGBA{255, 255, 255, 150}, Width: vg.Points(0.8)}},
	})
}

// addPoints draws the points within the map, white with a dark rim to stand
// out from every colour, and returns their entry in the legend.
func addPoints(field *plot.Plot, m Map, points []float32) []legendEntry {
	if len(points) == 0 {
		return nil
	}
	var inside plotter.XYs
	for i := 0; i < len(points); i += 2 {
		x, y := float64(points[i]), float64(points[i+1])
		if m.XMin <= x && x <= m.XMax && m.YMin <= y && y <= m.YMax {
			inside = append(inside, plotter.XY{X: x, Y: y})
		}
	}
	rim := &plotter.Scatter{XYs: inside, GlyphStyle: draw.GlyphStyle{Color: black, Radius: vg.Points(1.8), Shape: draw.CircleGlyph{}}}
	dot := &plotter.Scatter{XYs: inside, GlyphStyle: draw.GlyphStyle{Color: color.White, Radius: vg.Points(1.2), Shape: draw.CircleGlyph{}}}
	if len(inside) > 0 {
		field.Add(rim, dot)
	}
	label := fmt.Sprintf("%d points", len(points)/2)
	if outside := len(points)/2 - len(inside); outside > 0 {
		label = fmt.Sprintf("%s, %d outside the map", label, outside)
	}
	return []legendEntry{{label, []plot.Thumbnailer{rim, dot}}}
}

var barTicks = ticks{count: 7}

// newColorBar returns the scale of the colours, growing upwards.
func newColorBar(label string, colors palette.ColorMap) *plot.Plot {
	bar := newPlot("", label)
	bar.HideX()
	bar.X.Padding, bar.Y.Padding = 0, 0
	bar.Y.Tick.Marker = barTicks
	bar.Add(&plotter.ColorBar{ColorMap: colors, Vertical: true, Colors: 256})
	return bar
}
