package samplers_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

// quartic is an energy that is not quadratic: E(x) = Σ x⁴/4 + x²/2, its two parts as two scales.
func quartic(x *Node) *Node {
	part := func(power int, factor float64) *Node {
		return MulScalar(ReduceAndKeep(PowScalar(x, power), ReduceSum, 1), factor)
	}
	return Concatenate([]*Node{part(4, 0.25), part(2, 0.5)}, 1)
}

// quarticOf is the same in plain Go, with its gradient.
func quarticOf(x []float64) (e float64, gradient []float64) {
	for _, v := range x {
		e += v*v*v*v/4 + v*v/2
		gradient = append(gradient, v*v*v+v)
	}
	return e, gradient
}

// normals are rows of independent normals of a standard deviation, and the same as float32.
func normals(random *rand.Rand, rows, dims int, deviation float64) (exact [][]float64, single [][]float32) {
	for range rows {
		var row []float64
		var row32 []float32
		for range dims {
			v := float32(deviation * random.NormFloat64())
			row, row32 = append(row, float64(v)), append(row32, v)
		}
		exact, single = append(exact, row), append(single, row32)
	}
	return exact, single
}

func squaredNorm(x []float64) (sum float64) {
	for _, v := range x {
		sum += v * v
	}
	return sum
}

func flatten(rows [][]float64) (flat []float32) {
	for _, row := range rows {
		for _, v := range row {
			flat = append(flat, float32(v))
		}
	}
	return flat
}

// decided are uniforms that accept every even row, and refuse every odd one, by little if its acceptance is below 1.
func decided(acceptances []float64) (uniforms []float32) {
	for i, a := range acceptances {
		if i%2 == 0 {
			uniforms = append(uniforms, float32(max(a-1e-3, 0)))
		} else {
			uniforms = append(uniforms, float32(min(a+1e-3, 1)))
		}
	}
	return uniforms
}

var chains = map[string]samplers.Chain{
	"langevin":         samplers.Langevin{StepSize: 0.1, Noise: 0.3},
	"bounded langevin": samplers.Langevin{StepSize: 0.1, Noise: 0.3, Min: -0.7, Max: 0.8},
	"mala":             samplers.MALA{StepSize: 0.2},
	"hmc":              samplers.HMC{StepSize: 0.6, Leapfrog: 3, Velocity: 1, Metropolis: true},
	"hmc without test": samplers.HMC{StepSize: 0.2, Leapfrog: 2, Velocity: 0.5, Min: -0.7, Max: 0.8},
}

// Three steps, differentiated through all of them, against finite differences: in a parameter of the energy, and in the start. With
// few rows some proposals are refused.
func TestStepsAreDifferentiable(t *testing.T) {
	const rows, dims = 12, 2
	start, _ := normals(rand.New(rand.NewPCG(1, 2)), rows, dims, 0.5)
	weights, _ := normals(rand.New(rand.NewPCG(3, 4)), rows, dims, 1)
	for name, chain := range chains {
		t.Run(name, func(t *testing.T) {
			exec, err := NewExec(backendtest.Go(t).Backend, func(inputs []*Node) []*Node {
				x, theta, shift, weights, random := inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]
				energy := func(x *Node) *Node { return Mul(theta, quartic(Mul(x, theta))) }
				state := samplers.Init(Add(x, shift), random)
				for range 3 {
					state, _ = chain.Step(energy, state)
				}
				loss := ReduceAllSum(Mul(weights, Square(state.X)))
				return append([]*Node{loss}, Gradient(loss, theta, shift)...)
			})
			if err != nil {
				t.Fatal(err)
			}
			evaluate := func(theta, shift float64) (values [3]float64) {
				random, err := RNGStateFromSeed(5)
				if err != nil {
					t.Fatal(err)
				}
				outputs, err := exec.Call(start, theta, shift, weights, random)
				if err != nil {
					t.Fatal(err)
				}
				for i := range values {
					values[i] = tensors.ToScalar[float64](outputs[i])
				}
				return values
			}
			const step = 1e-5
			got := evaluate(1.1, 0.05)
			for i, want := range []float64{
				(evaluate(1.1+step, 0.05)[0] - evaluate(1.1-step, 0.05)[0]) / (2 * step),
				(evaluate(1.1, 0.05+step)[0] - evaluate(1.1, 0.05-step)[0]) / (2 * step),
			} {
				if name := []string{"parameter", "start"}[i]; !(math.Abs(got[1+i]-want) <= 1e-6*(1+math.Abs(want))) || want == 0 {
					t.Errorf("derivative in the %s: %g, finite difference %g", name, got[1+i], want)
				}
			}
		})
	}
}

// A chain also moves from an X that is held constant without having been detached.
func TestStepFromAHeldX(t *testing.T) {
	x := [][]float32{{1, -2}}
	for name, chain := range chains {
		t.Run(name, func(t *testing.T) {
			random, err := RNGStateFromSeed(1)
			if err != nil {
				t.Fatal(err)
			}
			outputs := call(t, backendtest.Go(t), func(inputs []*Node) []*Node {
				free, _ := chain.Step(quartic, samplers.Init(inputs[0], inputs[1]))
				held, _ := chain.Step(quartic, samplers.Init(StopGradient(inputs[0]), inputs[1]))
				return []*Node{free.X, held.X}
			}, x, random)
			near(t, "x'", outputs[1], tensors.MustCopyFlatData[float32](outputs[0]), 0)
		})
	}
}

// Info says how far a step moved, on every engine.
func TestInfoOfAStep(t *testing.T) {
	exact, x := normals(rand.New(rand.NewPCG(1, 2)), 8, 3, 0.5)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for name, chain := range chains {
			t.Run(name, func(t *testing.T) {
				random, err := RNGStateFromSeed(2)
				if err != nil {
					t.Fatal(err)
				}
				tested := false
				outputs := call(t, engine, func(inputs []*Node) []*Node {
					state, info := chain.Step(quartic, samplers.Init(inputs[0], inputs[1]).Detach())
					tested = info.Acceptance != nil
					return []*Node{state.X, info.Distance, info.GradientNorm}
				}, x, random)
				moved := tensors.MustCopyFlatData[float32](outputs[0])
				var distances, slopes []float32
				for i, row := range exact {
					var distance float64
					for d, v := range row {
						distance += (float64(moved[3*i+d]) - v) * (float64(moved[3*i+d]) - v)
					}
					distances = append(distances, float32(math.Sqrt(distance)))
					_, gradient := quarticOf(row)
					slopes = append(slopes, float32(math.Sqrt(squaredNorm(gradient))))
				}
				near(t, "distance", outputs[1], distances, 1e-5)
				if _, langevin := chain.(samplers.Langevin); !langevin { // Whose gradient is taken after the noise: see TestMove.
					near(t, "gradient norm", outputs[2], slopes, 1e-5)
				}
				if want := name == "mala" || name == "hmc"; tested != want {
					t.Errorf("an acceptance is told: %v, want %v", tested, want)
				}
			})
		}
	})
}

// The factor on the noise is Langevin's alone; the other chains would not be what they are with it, and say so.
func TestNoiseFactor(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		random, err := RNGStateFromSeed(3)
		if err != nil {
			t.Fatal(err)
		}
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			chain := samplers.Langevin{StepSize: 0.5, Noise: 1} // On E = ‖x‖²/2 it halves x + z.
			var xs []*Node
			for step := range 4 {
				state := samplers.Init(ZerosLike(inputs[0]), inputs[1])
				state.Noise = Scalar(inputs[0].Graph(), inputs[0].DType(), samplers.Annealed(step, 4))
				state, _ = chain.Step(quadratic(1), state)
				xs = append(xs, state.X)
			}
			state, _ := chain.Step(quadratic(1), samplers.Init(ZerosLike(inputs[0]), inputs[1]))
			return append(xs, state.X)
		}, [][]float32{{0, 0}}, random)
		whole := tensors.MustCopyFlatData[float32](outputs[4])
		for step, factor := range []float32{0.75, 0.5, 0.25, 0} {
			near(t, fmt.Sprintf("step %d", step), outputs[step], []float32{factor * whole[0], factor * whole[1]}, 1e-6)
		}
	})
	for _, chain := range []samplers.Chain{samplers.MALA{StepSize: 1}, samplers.HMC{StepSize: 1, Leapfrog: 1, Velocity: 1}} {
		random, err := RNGStateFromSeed(3)
		if err != nil {
			t.Fatal(err)
		}
		exec, err := NewExec(backendtest.Go(t).Backend, func(x, random *Node) *Node {
			state := samplers.Init(x, random)
			state.Noise = ScalarOne(x.Graph(), x.DType())
			state, _ = chain.Step(quartic, state)
			return state.X
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := exec.Call([][]float32{{0}}, random); err == nil || !strings.Contains(err.Error(), "State.Noise is set") {
			t.Errorf("%T: %v, want an error that says that State.Noise is set", chain, err)
		}
	}
}

func TestChecks(t *testing.T) {
	for name, chain := range chains {
		if err := chain.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		chain   samplers.Chain
		message string
	}{
		{samplers.MALA{}, "mala: step size is 0"},
		{samplers.MALA{StepSize: nan}, "step size is NaN"},
		{samplers.MALA{StepSize: 1, Min: 2, Max: 1}, "mala: bounds are [2, 1]"},
		{samplers.HMC{}, "hmc: step size is 0"},
		{samplers.HMC{StepSize: inf, Leapfrog: 1, Velocity: 1}, "step size is +Inf"},
		{samplers.HMC{StepSize: 1, Velocity: 1}, "0 leapfrog steps"},
		{samplers.HMC{StepSize: 1, Leapfrog: 1}, "velocity is 0"},
		{samplers.HMC{StepSize: 1, Leapfrog: 1, Velocity: nan}, "velocity is NaN"},
		{samplers.HMC{StepSize: 1, Leapfrog: 1, Velocity: 1, Min: 1}, "hmc: bounds are [1, 0]"},
	} {
		if err := test.chain.Check(); err == nil || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%T%+v: %v, want one that says %q", test.chain, test.chain, err, test.message)
		}
	}
}
