package plots

import (
	"math"
	"testing"

	"gonum.org/v1/plot/plotter"
)

func TestCurvesSize(t *testing.T) {
	one := render(t, Curves("loss", "energy", falling(30), "energy_data")).Bounds()
	two := render(t, EnergyCurves(falling(30))).Bounds()
	if one.Dx() != 800 || two.Dx() != 800 {
		t.Errorf("widths %d and %d, want 800", one.Dx(), two.Dx())
	}
	if two.Dy()-one.Dy() != 260 {
		t.Errorf("a second panel adds %d pixels of height, want 260", two.Dy()-one.Dy())
	}
}

// The line of a falling series starts at the upper left and ends at the lower
// right.
func TestCurvesOrientation(t *testing.T) {
	img := render(t, Curves("", "energy", falling(30), "energy_data"))
	bounds := img.Bounds()
	bounds.Min.Y = 60 // below the legend
	upperLeft, lowerRight := bounds, bounds
	upperLeft.Max.X, upperLeft.Max.Y = 300, 160
	lowerRight.Min.X, lowerRight.Min.Y = 500, 160
	blue := lineColors[0]
	all := count(img, bounds, blue)
	if all == 0 || count(img, upperLeft, blue)+count(img, lowerRight, blue) < all/2 {
		t.Errorf("of %d line pixels, %d are at the upper left and %d at the lower right: want most", all,
			count(img, upperLeft, blue), count(img, lowerRight, blue))
	}
}

func TestCurvesOfADivergedRun(t *testing.T) {
	metrics := falling(30)
	values := metrics["energy_data"]
	whole := render(t, Curves("", "", metrics, "energy_data"))
	for i := 10; i < 20; i++ {
		values[i] = []float64{nan, inf, -inf}[i%3]
	}
	gap := render(t, Curves("", "", metrics, "energy_data"))
	middle := gap.Bounds()
	middle.Min.X, middle.Max.X, middle.Min.Y = 330, 480, 60
	if n := count(whole, middle, lineColors[0]); n == 0 {
		t.Error("no line in the middle of the whole run")
	}
	if n := count(gap, middle, lineColors[0]); n != 0 {
		t.Errorf("%d line pixels where no value is finite", n)
	}
	for i := range values {
		values[i] = nan
	}
	render(t, EnergyCurves(metrics)) // a run without one finite value has a picture too
}

func TestCurvesShowEveryFiniteValue(t *testing.T) {
	for name, values := range map[string][]float64{
		"one row":          {3.5},
		"between two gaps": {nan, 3, nan},
		"constant":         {1e30, 1e30, 1e30},
	} {
		metrics := map[string][]float64{"step": []float64{0, 1, 2}[:len(values)], "v": values}
		img := render(t, Curves("", "", metrics, "v"))
		bounds := img.Bounds()
		bounds.Min.Y = 60
		if count(img, bounds, lineColors[0]) == 0 {
			t.Errorf("%s: nothing drawn", name)
		}
	}
}

func TestCurvesErrors(t *testing.T) {
	wantError(t, EnergyCurves(nil), "empty", "train")
	wantError(t, EnergyCurves(map[string][]float64{"step": {}, "energy_data": {}}), "no rows")
	wantError(t, Curves("", "", falling(3), "fid"), `"fid"`, "energy_data, energy_difference, energy_samples, step")
	wantError(t, Curves("", "", map[string][]float64{"loss": {1}}, "loss"), `"step"`)
	wantError(t, Curves("", "", map[string][]float64{"step": {1, 2}, "loss": {1}}, "loss"), `"loss"`, "1", "2")
	wantError(t, Curves("", "", map[string][]float64{"step": {1, nan}, "loss": {1, 2}}, "loss"), "row 1")
	wantError(t, Curves("", "", falling(3)), "no columns")
}

func TestMovingAverage(t *testing.T) {
	got := movingAverage([]float64{1, 3, nan, 5, 7, inf, 1}, 3)
	want := []float64{1, 2, nan, 4, 6, nan, 4}
	for i := range want {
		if got[i] != want[i] && !(math.IsNaN(got[i]) && math.IsNaN(want[i])) {
			t.Errorf("average %d is %v, want %v", i, got[i], want[i])
		}
	}
}

// A spike in a long run is on the picture, however many points share its pixel.
func TestThinKeepsSpikes(t *testing.T) {
	line := make(plotter.XYs, 50_000)
	for i := range line {
		line[i].X = float64(i)
	}
	line[12_345].Y, line[12_346].Y = 9, -9
	kept := thin(line)
	if len(kept) > 4*chartWidth {
		t.Errorf("%d points kept, want at most %d", len(kept), 4*chartWidth)
	}
	_, _, low, high := plotter.XYRange(kept)
	if low != -9 || high != 9 {
		t.Errorf("kept values span %v to %v, want -9 to 9", low, high)
	}
	if first, last := kept[0], kept[len(kept)-1]; first != line[0] || last != line[len(line)-1] {
		t.Errorf("the line runs from %v to %v, want from %v to %v", first, last, line[0], line[len(line)-1])
	}
}
