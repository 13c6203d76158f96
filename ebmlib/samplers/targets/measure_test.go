package targets_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
	"ebm/ebmlib/samplers/targets"
)

// normal is N(0, σ²) on a line.
func normal(t *testing.T, variance float64) *targets.Gaussian {
	t.Helper()
	target, err := targets.NewGaussian([]float64{0}, mat.NewSymDense(1, []float64{variance}))
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %g, want %g ± %g", what, got, want, tolerance)
	}
}

// Every step of a walk is visited, also those after the last full graph, and the state goes on from graph to graph: on E = x²/2
// without noise each step halves x, and without a test HMC keeps its velocity.
func TestWalkVisitsEveryStep(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		energy := normal(t, 1).Energy
		start := tensors.FromValue([][]float32{{1}, {-4}})
		var visited [][]float32
		visit := func(x, acceptance []float32) {
			visited = append(visited, slices.Clone(x))
			if !slices.Equal(acceptance, []float32{1, 1}) {
				t.Errorf("acceptance %v, want 1 and 1", acceptance)
			}
		}
		if err := targets.Walk(engine, energy, samplers.Langevin{StepSize: 0.5}, start, 23, 1, visit); err != nil {
			t.Fatal(err)
		}
		if len(visited) != 23 {
			t.Fatalf("%d visits, want 23", len(visited))
		}
		for step, x := range visited {
			half := math.Pow(0.5, float64(step+1))
			near(t, "x", float64(x[0]), half, 1e-6)
			near(t, "x", float64(x[1]), -4*half, 1e-6)
		}

		// Two positions of a harmonic trajectory tell its next: x(t+ε) + x(t-ε) = (2 - ε²) x(t).
		visited = nil
		chain := samplers.HMC{StepSize: 0.3, Leapfrog: 1, Velocity: 1}
		if err := targets.Walk(engine, energy, chain, start, 23, 1, visit); err != nil {
			t.Fatal(err)
		}
		for step := 2; step < 23; step++ {
			near(t, "x", float64(visited[step][1]), (2-0.09)*float64(visited[step-1][1])-float64(visited[step-2][1]), 1e-4)
		}
	})
}

func TestWalkFollowsTheSeed(t *testing.T) {
	target := normal(t, 1)
	walk := func(seed int64) (last []float32) {
		err := targets.Walk(backendtest.Go(t), target.Energy, samplers.MALA{StepSize: 0.5}, tensors.FromValue([][]float32{{1}, {-1}}), 12, seed,
			func(x, _ []float32) { last = slices.Clone(x) })
		if err != nil {
			t.Fatal(err)
		}
		return last
	}
	if first, again, other := walk(1), walk(1), walk(2); !slices.Equal(first, again) || slices.Equal(first, other) {
		t.Errorf("seed 1 led to %v and %v, seed 2 to %v", first, again, other)
	}
}

// On a Gaussian the unadjusted algorithm is the autoregression x' = a (x + √(2ε) z), a = 1 - ε/σ². All of its result is known: an
// effective share of (1-a)/(1+a) a draw, fewer than of its squares, and the variance 2ε a²/(1-a²).
func TestMeasureOfAnAutoregression(t *testing.T) {
	const epsilon, variance = 0.5, 2
	const a = 1 - epsilon/variance
	result, err := targets.Measure(backendtest.Go(t), normal(t, variance), samplers.Langevin{StepSize: epsilon, Noise: math.Sqrt(2 * epsilon)},
		targets.Trial{Chains: 100, Steps: 2000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if result.Gradients != 1 || math.Abs(result.Acceptance-1) > 1e-9 {
		t.Errorf("%d gradients a step, acceptance %g, want 1 and 1", result.Gradients, result.Acceptance)
	}
	const share = (1 - a) / (1 + a)
	near(t, "ESS a gradient", result.ESSPerGradient, share, 0.05*share)
	near(t, "ESS", result.ESS, 200000*share, 0.05*200000*share)
	stationary := 2 * epsilon * a * a / (1 - a*a)
	near(t, "the error of the mean", result.Mean.Error, 0, 4*result.Mean.StandardError)
	near(t, "the error of the variance", result.Variance.Error, stationary/variance-1, 4*result.Variance.StandardError)
	near(t, "the standard error of the mean", result.Mean.StandardError, math.Sqrt(stationary/variance/(200000*share)), 1e-4)
}

func TestMeasureCountsGradients(t *testing.T) {
	for _, test := range []struct {
		chain samplers.Chain
		want  int
	}{
		{samplers.Langevin{StepSize: 0.1}, 1},
		{samplers.MALA{StepSize: 0.1}, 2},
		{samplers.HMC{StepSize: 0.5, Leapfrog: 4, Velocity: 1, Metropolis: true}, 5},
	} {
		result, err := targets.Measure(backendtest.Go(t), normal(t, 1), test.chain, targets.Trial{Chains: 4, Steps: 50, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if result.Gradients != test.want {
			t.Errorf("%T: %d gradients a step, want %d", test.chain, result.Gradients, test.want)
		}
	}
}

// The coordinate that is told is the one farthest off: here the second, whose variance the large step misses.
func TestMeasureTellsTheWorstCoordinate(t *testing.T) {
	const epsilon, narrow = 0.2, 0.25
	const a = 1 - epsilon/narrow
	target, err := targets.NewGaussian([]float64{0, 0}, mat.NewSymDense(2, []float64{1, 0, 0, narrow}))
	if err != nil {
		t.Fatal(err)
	}
	result, err := targets.Measure(backendtest.Go(t), target, samplers.Langevin{StepSize: epsilon, Noise: math.Sqrt(2 * epsilon)},
		targets.Trial{Chains: 50, Steps: 1000, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the error of the variance", result.Variance.Error, 2*epsilon*a*a/(1-a*a)/narrow-1, 4*result.Variance.StandardError)
}

func TestMeasureErrors(t *testing.T) {
	steep, err := targets.NewDoubleWell(100)
	if err != nil {
		t.Fatal(err)
	}
	one := targets.Trial{Chains: 1, Steps: 20, Seed: 1}
	for message, test := range map[string]struct {
		chain samplers.Chain
		trial targets.Trial
	}{
		"step size is 0":          {samplers.MALA{}, one},
		"0 chains of 20 steps":    {samplers.MALA{StepSize: 1}, targets.Trial{Steps: 20}},
		"coordinate 0: effective": {samplers.Langevin{StepSize: 10, Noise: 1}, one},
		"all draws are":           {samplers.MALA{StepSize: 1000}, one},
		"1 chains of 0 steps":     {samplers.MALA{StepSize: 1}, targets.Trial{Chains: 1}},
		"out of ideas":            {broken{}, one},
	} {
		if _, err := targets.Measure(backendtest.Go(t), steep, test.chain, test.trial); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%+v: %v, want an error that says %q", test.chain, err, message)
		}
	}
}

// broken is a chain of somebody else's that panics with a text while its graph is built.
type broken struct{ samplers.MALA }

func (broken) Check() error { return nil }

func (broken) Step(samplers.Energy, samplers.State) (samplers.State, samplers.Info) {
	panic("out of ideas")
}
