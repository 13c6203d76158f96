package metrics_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"ebm/ebmlib/metrics"
)

func forward(t *testing.T, logWeights []float64) metrics.LogZ {
	t.Helper()
	z, err := metrics.ForwardLogZ(logWeights)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func reverse(t *testing.T, logWeights []float64) metrics.LogZ {
	t.Helper()
	z, err := metrics.ReverseLogZ(logWeights)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// Weights 1 and 3: the mean 2 forward, 1/(mean of 1 and 1/3) = 3/2 reverse. Without each, log 3 and log 1.
func TestLogZByHand(t *testing.T) {
	weights := []float64{0, math.Log(3)}
	z := forward(t, weights)
	near(t, "forward", z.Value, math.Log(2), 1e-12)
	near(t, "standard error", z.StandardError, math.Log(3)/2, 1e-12)
	near(t, "chains", z.Chains, 16.0/10, 1e-12)
	z = reverse(t, weights)
	near(t, "reverse", z.Value, math.Log(1.5), 1e-12)
	near(t, "standard error", z.StandardError, math.Log(3)/2, 1e-12)
	near(t, "chains", z.Chains, 16.0/10, 1e-12)
}

// A constant in log weights moves the estimate and nothing else, also where weights overflow or vanish.
func TestLogZOfWeightsOfAnySize(t *testing.T) {
	weights := normals(rand.New(rand.NewPCG(1, 2)), 1, 50, 0, 2)[0]
	for _, estimate := range []func(*testing.T, []float64) metrics.LogZ{forward, reverse} {
		want := estimate(t, weights)
		for _, constant := range []float64{-5000, 5000} {
			moved := append([]float64(nil), weights...)
			floats.AddConst(constant, moved)
			got := estimate(t, moved)
			near(t, "value", got.Value, want.Value+constant, 1e-9)
			near(t, "standard error", got.StandardError, want.StandardError, 1e-9)
			near(t, "chains", got.Chains, want.Chains, 1e-9)
		}
	}
	equal := forward(t, []float64{-7, -7, -7})
	near(t, "value", equal.Value, -7, 1e-12)
	near(t, "standard error", equal.StandardError, 0, 1e-9)
	near(t, "chains", equal.Chains, 3, 1e-9)
	alone := forward(t, []float64{0, -1e5, -2e5})
	near(t, "chains", alone.Chains, 1, 1e-9)
	if alone.StandardError < 1e4 {
		t.Errorf("the standard error is %g where one chain outweighs all others by exp(1e5)", alone.StandardError)
	}
}

// Log weights N(-s²/2, s²) have a mean weight of 1, so log Z = 0; those of reverse chains are N(s²/2, s²). Of few chains the mean
// over many estimates lies below it forward, above it reverse.
func TestBoundsOnLogZ(t *testing.T) {
	const chains, runs, s = 5, 2000, 1.0
	random := rand.New(rand.NewPCG(3, 4))
	var below, above []float64
	for range runs {
		below = append(below, forward(t, normals(random, 1, chains, -s*s/2, s)[0]).Value)
		above = append(above, reverse(t, normals(random, 1, chains, s*s/2, s)[0]).Value)
	}
	low, deviation := stat.MeanStdDev(below, nil)
	if high := stat.Mean(above, nil); !(low < -4*deviation/math.Sqrt(runs) && high > 4*deviation/math.Sqrt(runs)) {
		t.Errorf("forward %g, reverse %g, want 0 between them", low, high)
	}
}

// The standard error is that by which estimates differ.
func TestStandardErrorOfLogZ(t *testing.T) {
	const chains, runs, s = 200, 1000, 0.7
	random := rand.New(rand.NewPCG(5, 6))
	var estimates, told []float64
	for range runs {
		z := forward(t, normals(random, 1, chains, -s*s/2, s)[0])
		estimates, told = append(estimates, z.Value), append(told, z.StandardError)
	}
	// The deviation of so many estimates is uncertain by 1/√(2 runs) = 0.02 of it.
	near(t, "standard error over the deviation of estimates", stat.Mean(told, nil)/stat.StdDev(estimates, nil), 1, 0.09)
}

func TestRAISE(t *testing.T) {
	mean, deviation, err := metrics.RAISE([]float64{1, 2, 3}, []float64{4, 5, 3})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log likelihood", mean, -6, 1e-12) // of -5, -7 and -6
	near(t, "standard error", deviation, 1/math.Sqrt(3), 1e-12)
}

func TestAISErrors(t *testing.T) {
	for _, test := range []struct {
		weights []float64
		message string
	}{
		{nil, "there are 0 chains"},
		{[]float64{1}, "there are 1 chains"},
		{[]float64{1, math.NaN()}, "the log weight of chain 1 is NaN"},
		{[]float64{math.Inf(-1), 1}, "the log weight of chain 0 is -Inf"},
	} {
		_, err := metrics.ForwardLogZ(test.weights)
		fails(t, err, test.message)
		_, _, err = metrics.RAISE(make([]float64, len(test.weights)), test.weights)
		fails(t, err, test.message)
	}
	_, err := metrics.ReverseLogZ([]float64{1, math.Inf(-1)})
	fails(t, err, "the log weight of chain 1 is -Inf")
	_, _, err = metrics.RAISE([]float64{math.Inf(1), 1}, []float64{1, 1})
	fails(t, err, "the energy of chain 0 is +Inf")
	_, _, err = metrics.RAISE([]float64{1, 1, 1}, []float64{1, 1})
	fails(t, err, "3 energies and 2 log weights")
}
