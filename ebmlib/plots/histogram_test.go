package plots

import (
	"bytes"
	"math"
	"testing"
)

func TestHistogramIsDeterministic(t *testing.T) {
	series := map[string][]float64{"c": {1, 2}, "a": {2.5, 3}, "b": {0, 9}}
	first, err := Histogram("", "", series).PNG()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if again, err := Histogram("", "", series).PNG(); err != nil || !bytes.Equal(first, again) {
			t.Fatalf("the same series gave another picture (%v)", err)
		}
	}
}

// The bars of a series add up to its finite fraction.
func TestBinsHoldEveryFiniteValue(t *testing.T) {
	for name, values := range map[string][]float64{
		"reals":    {0.1, 0.25, 3, 3.5, 9.99},
		"integers": {0, 0, 1, 5, 100, 1000},
		"constant": {2.5, 2.5},
		"negative": {-3, -2, -1},
	} {
		outline, missing := newBins(values).outline(append(values, nan, inf))
		sum := 0.0
		for i := 1; i+1 < len(outline); i += 2 {
			sum += outline[i].Y
		}
		want := float64(len(values)) / float64(len(values)+2)
		if math.Abs(sum-want) > 1e-12 || missing != 2 {
			t.Errorf("%s: bars add up to %v with %d values missing, want %v and 2", name, sum, missing, want)
		}
	}
}

// Integers get bins of whole integers, so that even counts look even.
func TestBinsOfIntegers(t *testing.T) {
	var ages []float64
	for age := range 70 {
		ages = append(ages, float64(age))
	}
	b := newBins(ages)
	outline, _ := b.outline(ages)
	if b.low != -0.5 || b.width != math.Trunc(b.width) {
		t.Errorf("bins start at %v with width %v, want half-integers and whole widths", b.low, b.width)
	}
	for i := 1; i+3 < len(outline); i += 2 { // all but the last bar, which may hold fewer integers
		if math.Abs(outline[i].Y-outline[1].Y) > 1e-12 {
			t.Errorf("bar %d is %v, the first %v: want equal bars for equal counts", i/2, outline[i].Y, outline[1].Y)
		}
	}
}

func TestHistogramErrors(t *testing.T) {
	wantError(t, Histogram("", "", nil), "no series")
	wantError(t, Histogram("", "", map[string][]float64{"a": {1}, "b": {nan}}), `"b"`, "finite")
	wantError(t, Histogram("", "", map[string][]float64{"empty": {}}), `"empty"`)
}
