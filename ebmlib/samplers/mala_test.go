package samplers_test

import (
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

// malaOf is one proposal of MALA and its acceptance in plain Go, by the densities of the two normals.
func malaOf(energy func(x []float64) (float64, []float64), x, z []float64, epsilon float64) (proposal []float64, acceptance float64) {
	logQ := func(to, from, gradient []float64) float64 {
		var square float64
		for i := range to {
			d := to[i] - (from[i] - epsilon*gradient[i])
			square += d * d
		}
		return -square / (4 * epsilon)
	}
	before, gradient := energy(x)
	for i := range x {
		proposal = append(proposal, x[i]-epsilon*gradient[i]+math.Sqrt(2*epsilon)*z[i])
	}
	after, there := energy(proposal)
	return proposal, min(1, math.Exp(before-after+logQ(x, proposal, there)-logQ(proposal, x, gradient)))
}

func TestMALAMove(t *testing.T) {
	const rows, dims, epsilon = 20, 3, 0.3
	random := rand.New(rand.NewPCG(1, 2))
	exact, x := normals(random, rows, dims, 1)
	exactNoise, noise := normals(random, rows, dims, 1)
	var want [][]float64
	var acceptances []float64
	for i := range rows {
		proposal, acceptance := malaOf(quarticOf, exact[i], exactNoise[i], epsilon)
		if i%2 == 1 {
			proposal = exact[i]
		}
		want, acceptances = append(want, proposal), append(acceptances, acceptance)
	}
	uniforms := decided(acceptances)
	for i := 1; i < rows; i += 2 {
		if acceptances[i] == 1 { // No uniform refuses it.
			want[i], _ = malaOf(quarticOf, exact[i], exactNoise[i], epsilon)
			uniforms[i] = 0.999
		}
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			moved, info := samplers.MALA{StepSize: epsilon}.Move(quartic, inputs[0], inputs[1], inputs[2])
			return []*Node{moved, info.Acceptance}
		}, x, noise, uniforms)
		near(t, "x'", outputs[0], flatten(want), 1e-4)
		near(t, "acceptance", outputs[1], flatten([][]float64{acceptances}), 1e-4)
	})
}

// On E = x²/2 with ε = 0.5 and z = (0, 1, -3) the proposals from 1 are 0.5, 1.5 and -2.5. Of these only those within the bounds may
// be accepted.
func TestMALAStaysWithinItsBounds(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			chain := samplers.MALA{StepSize: 0.5, Min: -2, Max: 1.25}
			moved, info := chain.Move(quadratic(1), inputs[0], inputs[1], ZerosLike(Reshape(inputs[0], 3)))
			return []*Node{moved, GreaterThan(info.Acceptance, ZerosLike(info.Acceptance))}
		}, [][]float32{{1}, {1}, {1}}, [][]float32{{0}, {1}, {-3}})
		near(t, "x'", outputs[0], []float32{0.5, 1, 1}, 1e-6)
		if accepted := outputs[1].Value().([]bool); !accepted[0] || accepted[1] || accepted[2] {
			t.Errorf("accepted %v, want the first only", accepted)
		}
	})
}

// E = x - log x has no value below 0, where a proposal is refused, as is one where the energy overflows.
func TestMALARefusesWhatHasNoEnergy(t *testing.T) {
	gamma := func(x *Node) *Node { return Sub(x, Log(x)) }
	steep := func(x *Node) *Node { return Exp(MulScalar(Square(x), 10)) }
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for name, energy := range map[string]samplers.Energy{"no number": gamma, "overflow": steep} {
			t.Run(name, func(t *testing.T) {
				outputs := call(t, engine, func(inputs []*Node) []*Node {
					moved, info := samplers.MALA{StepSize: 0.02}.Move(energy, inputs[0], inputs[1], ZerosLike(Reshape(inputs[0], 1)))
					return []*Node{moved, info.Acceptance}
				}, [][]float32{{0.5}}, [][]float32{{map[string]float32{"no number": -10, "overflow": 50}[name]}})
				near(t, "x'", outputs[0], []float32{0.5}, 0)
				near(t, "acceptance", outputs[1], []float32{0}, 0)
			})
		}
	})
}
