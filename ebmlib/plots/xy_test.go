package plots

import (
	"math"
	"strings"
	"testing"
)

// A line that rises goes from the lower left to the upper right, an interval
// above and below its point, and on a logarithmic axis powers are evenly apart.
func TestXY(t *testing.T) {
	rising := []float64{1, 10, 100}
	line := Line{Name: "rising", X: rising, Y: rising}
	img := render(t, XY("", Axis{Label: "x", Log: true}, Axis{Label: "y", Log: true}, line))
	area := img.Bounds()
	area.Min.Y = 60 // below the legend
	lowerLeft, upperRight, middle := area, area, area
	lowerLeft.Max.X, lowerLeft.Min.Y = 430, 150
	upperRight.Min.X, upperRight.Max.Y = 430, 190
	blue := lineColors[0]
	all := count(img, area, blue)
	if n := count(img, lowerLeft, blue) + count(img, upperRight, blue); all == 0 || n < all*9/10 {
		t.Errorf("%d of %d pixels are at the lower left or the upper right: want nearly all", n, all)
	}
	middle.Min.X, middle.Max.X = 400, 460
	if n := count(img, middle, blue); n == 0 {
		t.Error("10 is not in the middle between 1 and 100")
	}

	line.Low, line.High = []float64{1, 1, 100}, []float64{1, 100, 100}
	if n := count(render(t, XY("", Axis{Log: true}, Axis{Log: true}, line)), area, blue); n <= all {
		t.Errorf("with an interval there are %d pixels, without %d: want more", n, all)
	}
}

// On a logarithmic axis a single value stands in the middle, as on another, and no finite one leaves it empty.
func TestXYOfASingleValue(t *testing.T) {
	both := Axis{Log: true}
	img := render(t, XY("", both, both, Line{Name: "one", X: []float64{0.1}, Y: []float64{0.1}}))
	middle := img.Bounds().Inset(60)
	middle.Min.X, middle.Max.X = 400, 460
	if n := count(img, middle, lineColors[0]); n == 0 {
		t.Error("the value is not in the middle")
	}
	render(t, XY("", both, both, Line{Name: "none", X: []float64{math.NaN()}, Y: []float64{math.NaN()}}))
}

func TestXYNamesWhatIsWrong(t *testing.T) {
	for words, lines := range map[string][]Line{
		"no lines":              nil,
		`"a": it has 1 X, 2 Y`:  {{Name: "a", X: []float64{1}, Y: []float64{1, 2}}},
		`"b": it has the value`: {{Name: "b", X: []float64{0}, Y: []float64{1}}},
		"0 Low and 1 High":      {{Name: "c", X: []float64{1}, Y: []float64{1}, High: []float64{1}}},
		`"d": it has 0 X, 0 Y`:  {{Name: "d"}},
	} {
		_, err := XY("", Axis{Label: "x", Log: true}, Axis{}, lines...).PNG()
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("error %v, want one that says %q", err, words)
		}
	}
}
