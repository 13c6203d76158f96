package metrics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"ebm/ebmlib/metrics"
)

func fid(t *testing.T, samples, reference [][]float64) float64 {
	t.Helper()
	distance, err := metrics.FID(samples, reference)
	if err != nil {
		t.Fatal(err)
	}
	return distance
}

// In one dimension it is (μ₁ - μ₂)² + (σ₁ - σ₂)²: here means 1 and 5, variances 2 and 8.
func TestFIDOnALine(t *testing.T) {
	near(t, "distance", fid(t, [][]float64{{0}, {2}}, [][]float64{{3}, {7}}), 16+2, 1e-12)
}

// The covariances 2 diag(1, 0) and 2 diag(0, 4) share no direction, and are singular: traces 2 and 8 and nothing between.
func TestFIDOfSingularCovariances(t *testing.T) {
	near(t, "distance", fid(t, [][]float64{{-1, 0}, {1, 0}}, [][]float64{{0, -2}, {0, 2}}), 2+8, 1e-12)
}

// If y = A x with A symmetric and positive definite, (C₁^½ C₂ C₁^½)^½ has the trace of A C₁, by the linear optimal transport: the distance
// is the mean of ‖A x - x‖² over samples, but for the n/(n-1) of the covariances.
func TestFIDOfALinearMap(t *testing.T) {
	const n = 50
	random := rand.New(rand.NewPCG(1, 2))
	x, y := normals(random, n, 2, 0, 1), make([][]float64, n)
	var mean [2]float64
	for _, row := range x {
		row[0] += 0.6 * row[1]
		mean[0], mean[1] = mean[0]+row[0]/n, mean[1]+row[1]/n
	}
	var transport float64
	for i, row := range x {
		row[0], row[1] = row[0]-mean[0], row[1]-mean[1]
		y[i] = []float64{2*row[0] + 0.5*row[1], 0.5*row[0] + 1.5*row[1]}
		transport += (math.Pow(y[i][0]-row[0], 2) + math.Pow(y[i][1]-row[1], 2)) / (n - 1)
	}
	near(t, "distance", fid(t, x, y), transport, 1e-9)
	near(t, "distance the other way", fid(t, y, x), transport, 1e-9)
	near(t, "distance to itself", fid(t, x, x), 0, 1e-9)
}

// Few samples of one distribution seem farther apart than many.
func TestFIDIsBiased(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	few := fid(t, normals(random, 30, 20, 0, 1), normals(random, 30, 20, 0, 1))
	many := fid(t, normals(random, 3000, 20, 0, 1), normals(random, 3000, 20, 0, 1))
	if !(few > 10*many && many > 0) {
		t.Errorf("%g of 30 samples, %g of 3000, want a hundredth", few, many)
	}
}

func TestFIDErrors(t *testing.T) {
	badFeatures(t, func(a, b [][]float64) error {
		_, err := metrics.FID(a, b)
		return err
	})
	_, err := metrics.FID([][]float64{{1}}, [][]float64{{1}, {2}})
	fails(t, err, "of the samples there are 1 rows; at least 2")
}
