package samplers_test

import (
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

// On E = x²/2 leapfrog steps are turns of an ellipse (Neal 2011, section 2.3): with cos θ = 1 - ε²/2 and χ = 1/√(1 - ε²/4), n of
// them lead to
//
//	x = x₀ cos nθ + χ v₀ sin nθ,   v = v₀ cos nθ - x₀ sin(nθ)/χ
func harmonic(x, v, epsilon float64, n int) (float64, float64) {
	turn, chi := float64(n)*math.Acos(1-epsilon*epsilon/2), 1/math.Sqrt(1-epsilon*epsilon/4)
	return x*math.Cos(turn) + chi*v*math.Sin(turn), v*math.Cos(turn) - x*math.Sin(turn)/chi
}

func TestLeapfrogOnAHarmonicPotential(t *testing.T) {
	const epsilon = 0.4
	x, v := [][]float32{{1, -0.5}, {0.2, 0}}, [][]float32{{0.3, 2}, {0, -1}}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, n := range []int{1, 2, 7} {
			var positions, velocities []float32
			for i := range x {
				for d := range x[i] {
					position, velocity := harmonic(float64(x[i][d]), float64(v[i][d]), epsilon, n)
					positions, velocities = append(positions, float32(position)), append(velocities, float32(velocity))
				}
			}
			outputs := call(t, engine, func(inputs []*Node) []*Node {
				chain := samplers.HMC{StepSize: epsilon, Leapfrog: n, Velocity: 1}
				moved, info := chain.Move(quadratic(1), inputs[0], inputs[1], nil)
				return []*Node{moved, info.Velocity, info.Gradient}
			}, x, v)
			near(t, "x", outputs[0], positions, 1e-5)
			near(t, "v", outputs[1], velocities, 1e-5)
			near(t, "∂E/∂x", outputs[2], positions, 1e-5)
		}
	})
}

// A trajectory that is turned round leads back.
func TestLeapfrogIsReversible(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	exact, x := normals(random, 5, 3, 1)
	_, v := normals(random, 5, 3, 1)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			chain := samplers.HMC{StepSize: 0.2, Leapfrog: 6, Velocity: 1}
			there, info := chain.Move(quartic, inputs[0], inputs[1], nil)
			back, _ := chain.Move(quartic, there, Neg(info.Velocity), nil)
			return []*Node{back}
		}, x, v)
		near(t, "x", outputs[0], flatten(exact), 1e-5)
	})
}

// The acceptance is min(1, exp(-ΔH/s²)), ΔH taken in plain Go.
func TestHMCMove(t *testing.T) {
	const rows, dims, epsilon, leapfrog, scale = 20, 3, 0.5, 3, 0.8
	random := rand.New(rand.NewPCG(1, 2))
	exact, x := normals(random, rows, dims, 0.7)
	exactVelocities, velocities := normals(random, rows, dims, scale)
	var want [][]float64
	var acceptances []float64
	for i := range rows {
		position, velocity := exact[i], exactVelocities[i]
		before, gradient := quarticOf(position)
		kick := func(velocity, gradient []float64) (kicked []float64) {
			for d := range dims {
				kicked = append(kicked, velocity[d]-epsilon/2*gradient[d])
			}
			return kicked
		}
		energy := before
		for range leapfrog {
			velocity = kick(velocity, gradient)
			var next []float64
			for d := range dims {
				next = append(next, position[d]+epsilon*velocity[d])
			}
			position = next
			energy, gradient = quarticOf(position)
			velocity = kick(velocity, gradient)
		}
		change := energy - before + (squaredNorm(velocity)-squaredNorm(exactVelocities[i]))/2
		acceptances = append(acceptances, min(1, math.Exp(-change/(scale*scale))))
		want = append(want, position)
	}
	uniforms := decided(acceptances)
	for i := 1; i < rows; i += 2 {
		if acceptances[i] < 1 {
			want[i] = exact[i]
		} else {
			uniforms[i] = 0.999 // No uniform refuses it.
		}
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			chain := samplers.HMC{StepSize: epsilon, Leapfrog: leapfrog, Velocity: scale, Metropolis: true}
			moved, info := chain.Move(quartic, inputs[0], inputs[1], inputs[2])
			return []*Node{moved, info.Acceptance}
		}, x, velocities, uniforms)
		near(t, "x'", outputs[0], flatten(want), 1e-4)
		near(t, "acceptance", outputs[1], flatten([][]float64{acceptances}), 1e-4)
	})
}

// Without force and with ε = 1 bodies move by their velocity. Beyond the bounds they are clamped, in each leapfrog step, or with the
// test sent back to where they came from.
func TestHMCStaysWithinItsBounds(t *testing.T) {
	flat := func(x *Node) *Node { return MulScalar(x, 0) }
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for name, test := range map[string]struct {
			metropolis bool
			want       []float32
		}{"clamped": {false, []float32{1, -1, 0.5}}, "tested": {true, []float32{0, 0, 0.5}}} {
			t.Run(name, func(t *testing.T) {
				outputs := call(t, engine, func(inputs []*Node) []*Node {
					chain := samplers.HMC{StepSize: 1, Leapfrog: 1, Velocity: 1, Metropolis: test.metropolis, Min: -1, Max: 1}
					moved, _ := chain.Move(flat, inputs[0], inputs[1], ZerosLike(Reshape(inputs[0], 3)))
					return []*Node{moved}
				}, [][]float32{{0}, {0}, {0}}, [][]float32{{2}, {-3}, {0.5}})
				near(t, "x'", outputs[0], test.want, 0)
			})
		}
	})
}

// Without the test the steps of a chain are one trajectory: six of one leapfrog step are one of six. With it each step draws
// its own velocities.
func TestVelocitiesAreCarriedOn(t *testing.T) {
	_, x := normals(rand.New(rand.NewPCG(1, 2)), 5, 3, 1)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		random, err := RNGStateFromSeed(4)
		if err != nil {
			t.Fatal(err)
		}
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			walk := func(steps, leapfrog int) samplers.State {
				state := samplers.Init(inputs[0], inputs[1])
				for range steps {
					state, _ = samplers.HMC{StepSize: 0.2, Leapfrog: leapfrog, Velocity: 0.5}.Step(quartic, state.Detach())
				}
				return state
			}
			short, long := walk(6, 1), walk(1, 6)
			tested, _ := samplers.HMC{StepSize: 0.2, Leapfrog: 2, Velocity: 0.5, Metropolis: true}.Step(quartic, long)
			if tested.Velocity != nil {
				t.Error("a step with the test hands its velocities on")
			}
			return []*Node{short.X, long.X, short.Velocity, long.Velocity}
		}, x, random)
		near(t, "x", outputs[0], tensors.MustCopyFlatData[float32](outputs[1]), 1e-5)
		near(t, "v", outputs[2], tensors.MustCopyFlatData[float32](outputs[3]), 1e-5)
	})
}
