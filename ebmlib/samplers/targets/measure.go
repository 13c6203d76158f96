package targets

import (
	"fmt"
	"math"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/stat"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/metrics"
	"ebm/ebmlib/samplers"
)

// Trial says how long a chain is tried on a target.
type Trial struct {
	Chains int   // side by side, each from an exact sample of the target
	Steps  int   // of each chain; all count
	Seed   int64 // of the exact samples and of the chains
}

// Result is how a chain did.
type Result struct {
	Gradients  int     // evaluations of ∂E/∂x that a step takes
	Acceptance float64 // the mean probability of acceptance, 1 for a chain without a test

	// The mean in standard deviations of the target, and the variance as a part of the target's, each of the coordinate where
	// it is farthest off.
	Mean, Variance Estimate

	// ESS is the effective sample size of all chains together, the smallest over coordinates and their squares.
	ESS float64
	// ESSPerGradient is ESS divided by the number of evaluations of ∂E/∂x in all chains.
	ESSPerGradient float64
}

// Estimate is what chains estimate of a known number.
type Estimate struct {
	Error         float64 // estimate minus truth
	StandardError float64 // of the estimate, by its effective sample size
}

// Measure tries a chain on a target. As chains start from exact samples, those that leave the target unchanged have no
// error but by chance; the errors of others, such as [samplers.Langevin], grow from nothing to the chain's own.
//
// Errors: those of [Walk] and of [metrics.ESS], such as that of a chain which runs off to infinity.
func Measure(engine *backends.Engine, target Target, chain samplers.Chain, trial Trial) (Result, error) {
	if trial.Chains < 1 || trial.Steps < 1 {
		return Result{}, fmt.Errorf("measuring a chain: %d chains of %d steps were asked for; take at least 1 of each",
			trial.Chains, trial.Steps)
	}
	start := Draws(target, rand.New(rand.NewPCG(uint64(trial.Seed), 1)), trial.Chains)
	defer start.FinalizeAll()

	// A walk of one step tells how often a step evaluates the gradient.
	var result Result
	counted := func(x *Node) *Node {
		result.Gradients++
		return target.Energy(x)
	}
	if err := Walk(engine, counted, chain, start, 1, trial.Seed, func(x, acceptance []float32) {}); err != nil {
		return Result{}, err
	}

	// Each coordinate, less its mean and divided by its standard deviation, and its square: [coordinate][chain][step].
	mean, variance := target.Moments()
	values, squares := make([][][]float64, len(mean)), make([][][]float64, len(mean))
	for c := range mean {
		values[c], squares[c] = make([][]float64, trial.Chains), make([][]float64, trial.Chains)
	}
	visit := func(x, acceptance []float32) {
		for i, a := range acceptance {
			result.Acceptance += float64(a) / float64(trial.Chains*trial.Steps)
			for c := range mean {
				z := (float64(x[i*len(mean)+c]) - mean[c]) / math.Sqrt(variance[c])
				values[c][i] = append(values[c][i], z)
				squares[c][i] = append(squares[c][i], z*z)
			}
		}
	}
	if err := Walk(engine, target.Energy, chain, start, trial.Steps, trial.Seed, visit); err != nil {
		return Result{}, err
	}

	result.ESS = math.Inf(1)
	for c := range mean {
		for _, quantity := range []struct {
			chains   [][]float64
			truth    float64
			farthest *Estimate
		}{{values[c], 0, &result.Mean}, {squares[c], 1, &result.Variance}} {
			estimate, size, err := estimate(quantity.chains, quantity.truth)
			if err != nil {
				return Result{}, fmt.Errorf("%T%+v, coordinate %d: %w", chain, chain, c, err)
			}
			if math.Abs(estimate.Error) >= math.Abs(quantity.farthest.Error) {
				*quantity.farthest = estimate
			}
			result.ESS = min(result.ESS, size)
		}
	}
	result.ESSPerGradient = result.ESS / float64(trial.Chains*trial.Steps*result.Gradients)
	return result, nil
}

// estimate compares the mean over chains with the truth.
func estimate(chains [][]float64, truth float64) (e Estimate, size float64, err error) {
	size, err = metrics.ESS(chains)
	if err != nil {
		return e, 0, err
	}
	var all []float64
	for _, chain := range chains {
		all = append(all, chain...)
	}
	mean, deviation := stat.MeanStdDev(all, nil)
	return Estimate{mean - truth, deviation / math.Sqrt(size)}, size, nil
}
