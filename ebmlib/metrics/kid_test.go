package metrics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"ebm/ebmlib/metrics"
)

// Samples 1 and 1 against 0 and 0 in each of two blocks, in one dimension: k(1, 1) = 8, all others 1, so 8 + 1 - 2. In a second block of
// samples 2 and 2: 125 + 1 - 2.
func TestKIDByHand(t *testing.T) {
	zeros := [][]float64{{0}, {0}, {0}, {0}}
	distance, deviation, err := metrics.KID([][]float64{{1}, {1}, {1}, {1}}, zeros, 2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "distance", distance, 7, 1e-12)
	near(t, "standard error", deviation, 0, 1e-12)
	if distance, deviation, err = metrics.KID([][]float64{{1}, {1}, {2}, {2}}, zeros, 2); err != nil {
		t.Fatal(err)
	}
	near(t, "distance", distance, (7+124)/2.0, 1e-12)
	near(t, "standard error", deviation, (124-7)/2.0, 1e-12)
}

// In one dimension (xy+1)³ compares the first three moments: the discrepancy is 3 Δ₁² + 3 Δ₂² + Δ₃². Of N(μ, 1) against N(0, 1) that is
// 3 μ² + 3 μ⁴ + (μ³ + 3μ)². Sets whose sizes the blocks don't divide count whole.
func TestKIDIsUnbiased(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, mu := range []float64{0, 0.5} {
		distance, deviation, err := metrics.KID(normals(random, 20011, 1, mu, 1), normals(random, 15007, 1, 0, 1), 100)
		if err != nil {
			t.Fatal(err)
		}
		want := 3*mu*mu + 3*math.Pow(mu, 4) + math.Pow(mu*mu*mu+3*mu, 2)
		near(t, "distance", distance, want, 4*deviation)
		if deviation > 0.3 {
			t.Errorf("the standard error is %g, so this shows little", deviation)
		}
	}
}

func TestKIDErrors(t *testing.T) {
	badFeatures(t, func(a, b [][]float64) error {
		_, _, err := metrics.KID(a, b, 2)
		return err
	})
	rows := [][]float64{{1}, {2}, {3}, {4}, {5}}
	_, _, err := metrics.KID(rows, rows, 1)
	fails(t, err, "1 blocks")
	_, _, err = metrics.KID(rows, rows, 3)
	fails(t, err, "of the samples there are 5 rows; at least 6 are needed (2 for each of 3 blocks)")
}
