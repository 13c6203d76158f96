package samplers_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"ebm/ebmlib/samplers"
)

// accepted are the acceptance probabilities of one step on N(0, I) from exact samples.
func accepted(t *testing.T, chain samplers.Chain, chains, dims int) []float64 {
	t.Helper()
	_, start := normals(rand.New(rand.NewPCG(1, 2)), chains, dims, 1)
	_, acceptance := ends(t, quadratic(1), chain, tensors.FromValue(start), 1)
	return acceptance
}

// The mean acceptance of MALA on N(0, I) is that of simulations in plain Go, in any dimension and at any step size; as ε goes to 0 it
// goes to 1.
func TestMALAAcceptance(t *testing.T) {
	normal := func(x []float64) (float64, []float64) { return squaredNorm(x) / 2, x }
	random := rand.New(rand.NewPCG(5, 6))
	for _, test := range []struct {
		dims    int
		epsilon float64
	}{{1, 0.5}, {1, 1.5}, {3, 0.8}, {20, 0.4}, {20, 0.05}} {
		var simulated []float64
		for range manyChains {
			exact, _ := normals(random, 2, test.dims, 1) // x and z
			_, acceptance := malaOf(normal, exact[0], exact[1], test.epsilon)
			simulated = append(simulated, acceptance)
		}
		mean, deviation := stat.MeanStdDev(accepted(t, samplers.MALA{StepSize: test.epsilon}, manyChains, test.dims), nil)
		want, deviationThere := stat.MeanStdDev(simulated, nil)
		if spread := math.Hypot(deviation, deviationThere) / math.Sqrt(manyChains); !(math.Abs(mean-want) <= 4*spread) {
			t.Errorf("%+v: acceptance %.4f, simulated %.4f ± %.4f", test, mean, want, spread)
		}
	}
	if mean := stat.Mean(accepted(t, samplers.MALA{StepSize: 1e-3}, 1000, 20), nil); mean < 0.999 {
		t.Errorf("acceptance %.5f at a step size of 0.001, want nearly 1", mean)
	}
}

// In many dimensions d, √(2ε) = 1.65 d^(-1/6) is the most efficient step on N(0, I), and is accepted with probability 0.574
// (Roberts and Rosenthal 1998). At d = 100 the limit is reached to within 0.003.
func TestMALAAcceptanceAtTheOptimalScaling(t *testing.T) {
	const dims, chains = 100, 8000
	chain := samplers.MALA{StepSize: 1.65 * 1.65 * math.Pow(dims, -1.0/3) / 2}
	mean, deviation := stat.MeanStdDev(accepted(t, chain, chains, dims), nil)
	if spread := deviation / math.Sqrt(chains); !(math.Abs(mean-0.574) <= 4*spread+0.003) {
		t.Errorf("acceptance %.4f, want 0.574 ± %.4f", mean, spread)
	}
}

// A trajectory of n leapfrog steps on N(0, I) in d dimensions changes H by Δ, whose mean from exact samples is
//
//	μ = d/2 sin²(nθ) (χ - 1/χ)²
//
// with θ and χ of the harmonic trajectory. As E[exp(-Δ)] = 1, a Δ that is normal, as in many dimensions, has the variance 2μ, and the
// mean acceptance is E[min(1, exp(-Δ))] = 2Φ(-√(μ/2)).
func TestHMCAcceptance(t *testing.T) {
	const dims, chains = 400, 2500
	for _, test := range []struct {
		epsilon  float64
		leapfrog int
	}{{0.1, 5}, {0.3, 4}, {0.5, 3}, {0.6, 2}} {
		turn, chi := math.Acos(1-test.epsilon*test.epsilon/2), 1/math.Sqrt(1-test.epsilon*test.epsilon/4)
		mu := dims / 2.0 * math.Pow(math.Sin(float64(test.leapfrog)*turn)*(chi-1/chi), 2)
		want := 2 * distuv.UnitNormal.CDF(-math.Sqrt(mu/2))
		chain := samplers.HMC{StepSize: test.epsilon, Leapfrog: test.leapfrog, Velocity: 1, Metropolis: true}
		mean, deviation := stat.MeanStdDev(accepted(t, chain, chains, dims), nil)
		// Beside chance, 0.005 for Δ being only nearly normal.
		if spread := deviation / math.Sqrt(chains); !(math.Abs(mean-want) <= 4*spread+0.005) {
			t.Errorf("%+v: acceptance %.4f, want %.4f ± %.4f", test, mean, want, spread)
		}
	}
}
