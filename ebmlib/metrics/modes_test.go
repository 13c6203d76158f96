package metrics_test

import (
	"math"
	"slices"
	"testing"

	"ebm/ebmlib/metrics"
)

// Three samples near the first mode, one near the second, none near the others, one nowhere.
func TestModes(t *testing.T) {
	centres := [][]float64{{0, 0}, {10, 0}, {0, 10}, {10, 10}}
	c, err := metrics.Modes([][]float64{{0, 1}, {0.5, 0}, {-0.5, 0}, {10, 0}, {5, 4}}, centres, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "hit", c.Hit, 0.5, 0)
	near(t, "near", c.Near, 0.8, 1e-12)
	near(t, "entropy", c.Entropy, -0.75*math.Log(0.75)-0.25*math.Log(0.25), 1e-12)
	if want := []int{3, 1, 0, 0}; !slices.Equal(c.Counts, want) {
		t.Errorf("counts %v, want %v", c.Counts, want)
	}

	if c, err = metrics.Modes(centres, centres, 0.1); err != nil {
		t.Fatal(err)
	}
	near(t, "hit by all", c.Hit, 1, 0)
	near(t, "entropy of an even spread", c.Entropy, math.Log(4), 1e-12)

	if c, err = metrics.Modes([][]float64{{5, 5}}, centres, 1); err != nil {
		t.Fatal(err)
	}
	if c.Hit != 0 || c.Near != 0 || c.Entropy != 0 {
		t.Errorf("%+v without a sample near a mode, want zeros", c)
	}
}

func TestModesErrors(t *testing.T) {
	badFeatures(t, func(a, b [][]float64) error {
		_, err := metrics.Modes(a, b, 1)
		return err
	})
	for _, radius := range []float64{0, -1, math.NaN()} {
		_, err := metrics.Modes([][]float64{{1}}, [][]float64{{1}}, radius)
		fails(t, err, "the radius is")
	}
}
