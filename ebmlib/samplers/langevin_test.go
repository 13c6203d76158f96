package samplers_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

// quadratic is E(x) = curvature/2 ‖x‖², [batch, 1].
func quadratic(curvature float64) samplers.Energy {
	return func(x *Node) *Node { return MulScalar(ReduceAndKeep(Square(x), ReduceSum, 1), curvature/2) }
}

func TestMove(t *testing.T) {
	x := [][]float32{{1, -2}, {0.5, 0}}
	noise := [][]float32{{10, 0}, {-10, 5}}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for name, test := range map[string]struct {
			chain samplers.Langevin
			want  []float32 // x'
		}{
			// y = x + 0.1 noise is (2, -2), (-0.5, 0.5), the slope 3y, x' = y - 0.2 · 3y = 0.4 y.
			"free":    {samplers.Langevin{StepSize: 0.2, Noise: 0.1}, []float32{0.8, -0.8, -0.2, 0.2}},
			"bounded": {samplers.Langevin{StepSize: 0.2, Noise: 0.1, Max: 0.5}, []float32{0.5, 0, 0, 0.2}},
			"between": {samplers.Langevin{StepSize: 0.2, Noise: 0.1, Min: -0.3, Max: 1}, []float32{0.8, -0.3, -0.2, 0.2}},
		} {
			t.Run(name, func(t *testing.T) {
				outputs := call(t, engine, func(inputs []*Node) []*Node {
					moved, info := test.chain.Move(quadratic(3), inputs[0], inputs[1])
					return []*Node{moved, info.GradientNorm, info.Distance}
				}, x, noise)
				near(t, "x'", outputs[0], test.want, 1e-6)
				near(t, "gradient norm", outputs[1], []float32{float32(math.Hypot(6, 6)), float32(math.Hypot(1.5, 1.5))}, 1e-5)
				var distance []float32
				for i, row := range x {
					distance = append(distance, float32(math.Hypot(float64(test.want[2*i]-row[0]), float64(test.want[2*i+1]-row[1]))))
				}
				near(t, "distance", outputs[2], distance, 1e-6)
			})
		}
	})
}

// Energies of several scales are summed.
func TestMoveSumsTheScales(t *testing.T) {
	outputs := call(t, backendtest.Go(t), func(inputs []*Node) []*Node {
		twoScales := func(x *Node) *Node { return Concatenate([]*Node{quadratic(1)(x), quadratic(2)(x)}, 1) }
		moved, _ := samplers.Langevin{StepSize: 0.1}.Move(twoScales, inputs[0], ZerosLike(inputs[0]))
		return []*Node{moved}
	}, [][]float32{{1}, {2}})
	near(t, "x'", outputs[0], []float32{0.7, 1.4}, 1e-6)
}

// Step draws its noise from the state, and hands on another state.
func TestStepDrawsFromTheState(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		random, err := RNGStateFromSeed(1)
		if err != nil {
			t.Fatal(err)
		}
		chain := samplers.Langevin{StepSize: 0.1, Noise: 1}
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			start := samplers.Init(inputs[0], inputs[1])
			once, _ := chain.Step(quadratic(1), start)
			again, _ := chain.Step(quadratic(1), start)
			next, _ := chain.Step(quadratic(1), samplers.Init(inputs[0], once.Random))
			return []*Node{once.X, again.X, next.X}
		}, tensors.FromShape(shapes.Make(dtypes.Float32, 4, 2)), random)
		once, next := tensors.MustCopyFlatData[float32](outputs[0]), tensors.MustCopyFlatData[float32](outputs[2])
		near(t, "the step again from the same state", outputs[1], once, 0)
		for i := range once {
			if once[i] == next[i] {
				t.Errorf("entry %d: the next state drew the same noise again: %g", i, once[i])
			}
		}
	})
}

// E = θ x²/2 makes x' = (1 - εθ) x of x, without noise. Two steps from x = 1, ε = 0.1, θ = 2 give 0.64, and
//
//	d/dθ = -ε (1 - εθ) x = -0.08 through the last step alone, twice that through both.
func TestDetachCutsTheGradient(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for name, test := range map[string]struct {
			detach func(samplers.State) samplers.State
			want   float32
		}{
			"detached": {samplers.State.Detach, -0.08},
			"attached": {func(s samplers.State) samplers.State { return s }, -0.16},
		} {
			t.Run(name, func(t *testing.T) {
				outputs := call(t, engine, func(inputs []*Node) []*Node {
					theta := inputs[1]
					energy := func(x *Node) *Node { return MulScalar(Mul(theta, Square(x)), 0.5) }
					chain := samplers.Langevin{StepSize: 0.1}
					state := samplers.Init(inputs[0], nil)
					for range 2 {
						state.X, _ = chain.Move(energy, test.detach(state).X, ZerosLike(state.X))
					}
					return []*Node{state.X, Gradient(ReduceAllSum(state.X), theta)[0]}
				}, [][]float32{{1}}, float32(2))
				near(t, "x", outputs[0], []float32{0.64}, 1e-6)
				near(t, "dx/dθ", outputs[1], []float32{test.want}, 1e-6)
			})
		}
	})
}

// What was detached can still be differentiated at.
func TestGradientAtADetachedState(t *testing.T) {
	outputs := call(t, backendtest.Go(t), func(inputs []*Node) []*Node {
		x := samplers.Init(inputs[0], nil).Detach().X
		return []*Node{Gradient(ReduceAllSum(quadratic(3)(x)), x)[0]}
	}, [][]float32{{1, -2}})
	near(t, "slope", outputs[0], []float32{3, -6}, 1e-6)
}

// The unadjusted algorithm on E = x²/2σ² is the autoregression x' = a (x + √(2ε) z) with a = 1 - ε/σ², whose stationary
// distribution is normal, with mean 0 and
//
//	variance = 2ε a²/(1 - a²)
//
// which is σ² only as ε goes to 0. The step here is so large that the two differ by far.
func TestUnadjustedLangevinOnAGaussian(t *testing.T) {
	const (
		chains, steps = 20000, 20
		sigma2        = 4.0
		epsilon       = 0.5 * sigma2
		a             = 1 - epsilon/sigma2 // the start is forgotten by a^steps = 1e-6
		variance      = 2 * epsilon * a * a / (1 - a*a)
	)
	chain := samplers.Langevin{StepSize: epsilon, Noise: math.Sqrt(2 * epsilon)}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		random, err := RNGStateFromSeed(3)
		if err != nil {
			t.Fatal(err)
		}
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			state := samplers.Init(inputs[0], inputs[1])
			for range steps {
				state, _ = chain.Step(quadratic(1/sigma2), state.Detach())
			}
			return []*Node{state.X}
		}, tensors.FromShape(shapes.Make(dtypes.Float32, chains, 1)), random)

		var mean, square float64
		for _, x := range tensors.MustCopyFlatData[float32](outputs[0]) {
			mean += float64(x) / chains
			square += float64(x) * float64(x) / chains
		}
		if spread := math.Sqrt(variance / chains); math.Abs(mean) > 4*spread {
			t.Errorf("mean %g, want 0 ± %g", mean, spread)
		}
		if spread := variance * math.Sqrt(2.0/chains); math.Abs(square-variance) > 4*spread {
			t.Errorf("variance %g, want %g ± %g", square, variance, spread)
		}
	})
}

func TestLangevinCheck(t *testing.T) {
	for _, chain := range []samplers.Langevin{
		{StepSize: 100, Noise: 0.001, Max: 1},
		{StepSize: 0.1},
		{StepSize: 0.1, Min: -1},
	} {
		if err := chain.Check(); err != nil {
			t.Errorf("%+v: %v", chain, err)
		}
	}
	for _, test := range []struct {
		chain   samplers.Langevin
		message string
	}{
		{samplers.Langevin{}, "step size is 0"},
		{samplers.Langevin{StepSize: -1}, "step size is -1"},
		{samplers.Langevin{StepSize: math.NaN()}, "step size is NaN"},
		{samplers.Langevin{StepSize: math.Inf(1)}, "step size is +Inf"},
		{samplers.Langevin{StepSize: 1, Noise: -0.5}, "noise is -0.5"},
		{samplers.Langevin{StepSize: 1, Noise: math.NaN()}, "noise is NaN"},
		{samplers.Langevin{StepSize: 1, Min: 2, Max: 1}, "bounds are [2, 1]"},
		{samplers.Langevin{StepSize: 1, Min: 1, Max: 1}, "bounds are [1, 1]"},
		{samplers.Langevin{StepSize: 1, Max: math.NaN()}, "bounds are [0, NaN]"},
	} {
		if err := test.chain.Check(); err == nil || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%+v: %v, want one that says %q", test.chain, err, test.message)
		}
	}
}
