package plots

import (
	"image/color"

	stdfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/palette"
	"gonum.org/v1/plot/palette/moreland"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// dpi makes a point 4/3 of a pixel: text of 11 points is as tall as a
// notebook's own.
const dpi = 96

// pixels returns a length of n pixels.
func pixels(n int) vg.Length { return vg.Length(n) * vg.Inch / dpi }

// margin is the blank border of a figure.
var margin = pixels(10)

var (
	black = color.NRGBA{A: 255}
	grey  = color.NRGBA{R: 150, G: 150, B: 150, A: 255}
)

// lineColors are the colours of Okabe and Ito, which stay apart for
// colour-blind readers; their yellow is left out, too pale for a line on white.
var lineColors = []color.NRGBA{
	{0x00, 0x72, 0xB2, 255}, // blue
	{0xD5, 0x5E, 0x00, 255}, // vermillion
	{0x00, 0x9E, 0x73, 255}, // bluish green
	{0xCC, 0x79, 0xA7, 255}, // reddish purple
	{0xE6, 0x9F, 0x00, 255}, // orange
	{0x56, 0xB4, 0xE9, 255}, // sky blue
	{0x00, 0x00, 0x00, 255}, // black
}

// lineStyle returns the style of the i-th line; once the colours are used up
// they return with dashes.
func lineStyle(i int) draw.LineStyle {
	style := draw.LineStyle{Color: lineColors[i%len(lineColors)], Width: vg.Points(1.5)}
	if round := vg.Length(i / len(lineColors)); round > 0 {
		style.Dashes = []vg.Length{vg.Points(6) / round, vg.Points(3)}
	}
	return style
}

// faint returns the colour, mostly transparent.
func faint(c color.Color) color.NRGBA {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = 80
	return n
}

// textStyle returns black sans-serif text.
func textStyle(points float64, weight stdfont.Weight) text.Style {
	return text.Style{
		Color:   black,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Weight: weight, Size: vg.Points(points)},
		XAlign:  draw.XLeft,
		YAlign:  draw.YBottom,
		Handler: plot.DefaultTextHandler,
	}
}

// newPlot returns empty axes in the package's style.
func newPlot(xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font = textStyle(11, stdfont.WeightNormal).Font
		axis.Label.Padding = vg.Points(3)
		axis.Tick.Label.Font = textStyle(10, stdfont.WeightNormal).Font
		axis.Tick.Length = vg.Points(5)
	}
	p.X.Label.Text, p.Y.Label.Text = xLabel, yLabel
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks{count: 8}, ticks{count: 5}
	return p
}

// viridis returns the perceptually uniform colour map of that name, from dark
// violet to yellow, interpolated in CIELAB so that lightness grows evenly.
func viridis() (palette.ColorMap, error) {
	return moreland.NewLuminance([]color.Color{
		color.NRGBA{0x44, 0x01, 0x54, 255},
		color.NRGBA{0x48, 0x28, 0x78, 255},
		color.NRGBA{0x3E, 0x4A, 0x89, 255},
		color.NRGBA{0x31, 0x68, 0x8E, 255},
		color.NRGBA{0x26, 0x82, 0x8E, 255},
		color.NRGBA{0x1F, 0x9E, 0x89, 255},
		color.NRGBA{0x35, 0xB7, 0x79, 255},
		color.NRGBA{0x6D, 0xCD, 0x59, 255},
		color.NRGBA{0xB4, 0xDE, 0x2C, 255},
		color.NRGBA{0xFD, 0xE7, 0x25, 255},
	})
}
