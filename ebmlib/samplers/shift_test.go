package samplers_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

func TestShift(t *testing.T) {
	x := picture(func(_, _, row, column int) float32 { return 0.1 + 0.3*float32(row) + 0.1*float32(column) }, 3, 1, 2, 3)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			return []*Node{samplers.ShiftBy(inputs[0], inputs[1], inputs[2])}
		}, x.tensor(), []float32{0, 1, 0}, []float32{0, 0, -2})
		near(t, "shift", outputs[0], []float32{
			0.1, 0.2, 0.3,
			0.4, 0.5, 0.6,
			// One down.
			0, 0, 0,
			0.1, 0.2, 0.3,
			// Two to the left.
			0.3, 0, 0,
			0.6, 0, 0,
		}, 1e-6)
	})
}

// One bright pixel tells the shift. All 81 are as likely; 128 is the 0.9995 quantile of chi-square with 80 degrees of freedom.
func TestShiftsAreUniform(t *testing.T) {
	const padding, size, expected = 4, 2*4 + 1, 50
	const batch = size * size * expected
	x := picture(func(_, _, row, column int) float32 {
		if row == padding && column == padding {
			return 1
		}
		return 0
	}, batch, 1, size, size)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		var counts [size * size]float64
		total := 0.0
		for i, value := range flat(apply(t, engine, samplers.RandomShift{Padding: padding}, x)) {
			counts[i%len(counts)] += float64(value)
			total += float64(value)
		}
		if total != batch {
			t.Errorf("%g of %d bright pixels are left", total, batch)
		}
		chiSquare := 0.0
		for _, n := range counts {
			chiSquare += (n - expected) * (n - expected) / expected
		}
		if chiSquare > 128 {
			t.Errorf("chi-square %.0f above 128: shifts came %v times, each expected %d", chiSquare, counts, expected)
		}
	})
}
