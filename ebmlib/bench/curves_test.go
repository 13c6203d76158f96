package bench

import (
	"slices"
	"testing"
)

// Works that differ in one setting make a curve against it, in ascending order, with the work itself where it has that setting.
func TestCurves(t *testing.T) {
	result := func(work string, seconds ...float64) Result {
		r := Result{Work: work}
		for i, s := range seconds {
			r.Contenders = append(r.Contenders, Times{Contender: []string{"onnx", "torch"}[i], Seconds: Spread{s, s / 2, 2 * s}})
		}
		return r
	}
	failed := result("a10:steps=80", 1)
	failed.Contenders[0].Failure = "no"
	report := Report{Works: []Result{
		result("a10:steps=40", 4, 3), result("a10", 1), failed, result("a10:batch=64", 2), result("a10:steps=20,batch=64", 9), result("points", 7),
	}}
	lines := report.against(Works()[0], "steps")
	if len(lines) != 1 {
		t.Fatalf("%d lines against the steps, want that of onnx: torch was timed once", len(lines))
	}
	if line := lines[0]; line.Name != "onnx" || !slices.Equal(line.X, []float64{10, 40}) || !slices.Equal(line.Y, []float64{1, 4}) ||
		!slices.Equal(line.Low, []float64{0.5, 2}) || !slices.Equal(line.High, []float64{2, 8}) {
		t.Errorf("%+v", line)
	}
	if figures := report.Curves(); len(figures) != 2 {
		t.Errorf("%d figures, want those of a10 against steps and batch", len(figures))
	} else if _, err := figures[0].PNG(); err != nil {
		t.Error(err)
	}
	if figures := (Report{Works: []Result{result("a10", 1), result("points", 2)}}).Curves(); figures != nil {
		t.Errorf("%d figures of works that are not varied", len(figures))
	}
}

// What was timed in two precisions has a line in each.
func TestCurvesOfPrecisions(t *testing.T) {
	var report Report
	for _, work := range []string{"a10", "a10:steps=40", "a10 in tf32", "a10:steps=40 in tf32"} {
		report.Works = append(report.Works, Result{Work: work, Contenders: []Times{{Contender: "xla", Seconds: Spread{1, 1, 1}}}})
	}
	var names []string
	for _, line := range report.against(Works()[0], "steps") {
		if names = append(names, line.Name); !slices.Equal(line.X, []float64{10, 40}) {
			t.Errorf("%+v", line)
		}
	}
	if !slices.Equal(names, []string{"xla", "xla, tf32"}) {
		t.Errorf("the lines are %q", names)
	}
}
