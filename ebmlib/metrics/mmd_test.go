package metrics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"

	"ebm/ebmlib/metrics"
)

// Two points at 0 and 1, and two at 0: with σ = 1, k(1) = exp(-1/2), the terms are k(1), 1 and twice the mean (1 + k(1))/2.
func TestMMDByHand(t *testing.T) {
	mmd, err := metrics.MMD([][]float64{{0}, {1}}, [][]float64{{0}, {0}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "MMD", mmd, 0, 1e-12)
	mmd, err = metrics.MMD([][]float64{{0}, {0}}, [][]float64{{2}, {2}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "MMD", mmd, 2-2*math.Exp(-0.5), 1e-12)
}

// Of N(0, I) and N(μ, I) in d dimensions the discrepancy is 2 (σ²/(σ²+2))^(d/2) (1 - exp(-‖μ‖²/(2(σ²+2)))), the mean of estimates, also
// of few samples and unequally many.
func TestMMDIsUnbiased(t *testing.T) {
	const dims, sigma, runs = 3, 1.5, 4000
	random := rand.New(rand.NewPCG(1, 2))
	for _, mean := range []float64{0, 0.8} {
		var estimates []float64
		for range runs {
			mmd, err := metrics.MMD(normals(random, 4, dims, mean, 1), normals(random, 7, dims, 0, 1), sigma)
			if err != nil {
				t.Fatal(err)
			}
			estimates = append(estimates, mmd)
		}
		want := 2 * math.Pow(sigma*sigma/(sigma*sigma+2), dims/2.0) * (1 - math.Exp(-dims*mean*mean/(2*(sigma*sigma+2))))
		got, deviation := stat.MeanStdDev(estimates, nil)
		near(t, "mean of MMD", got, want, 4*deviation/math.Sqrt(runs))
	}
}

// Distances between 0, 1 and 3 are 1, 2 and 3.
func TestMedianDistance(t *testing.T) {
	median, err := metrics.MedianDistance([][]float64{{0}, {3}}, [][]float64{{1}})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "median", median, 2, 1e-12)
}

func TestMMDErrors(t *testing.T) {
	badFeatures(t, func(a, b [][]float64) error {
		_, err := metrics.MMD(a, b, 1)
		return err
	})
	badFeatures(t, func(a, b [][]float64) error {
		_, err := metrics.MedianDistance(a, b)
		return err
	})
	good := [][]float64{{1}, {1}}
	_, err := metrics.MMD(good, good[:1], 1)
	fails(t, err, "of the reference there are 1 rows; at least 2")
	for _, bandwidth := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		_, err := metrics.MMD(good, good, bandwidth)
		fails(t, err, "the bandwidth is")
	}
	_, err = metrics.MedianDistance(good, good)
	fails(t, err, "half of the rows are equal")
}
