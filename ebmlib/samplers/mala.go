package samplers

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// MALA is the Metropolis-adjusted Langevin algorithm (Roberts and Tweedie 1996). With ε the step size and z standard normal,
// it proposes
//
//	x' = x - ε ∂E/∂x + √(2ε) z
//
// a draw from the normal q(x'|x), and accepts it with probability min(1, exp(E(x) - E(x')) q(x|x') / q(x'|x)), else stays at x.
// This leaves exp(-E) unchanged at any step size. Without the test it is [Langevin] with Noise √(2ε), which adds the same noise
// before the gradient step instead of after it.
//
// A proposal outside the bounds is never accepted, which samples exp(-E) cut off at them.
//
// A step evaluates ∂E/∂x twice, at x and at x'. Nothing of it is kept for the next step, whose energy may have other parameters.
// The new x is differentiated as x or x', whichever it is; that the choice depends on the parameters too is left out.
type MALA struct {
	StepSize float64 `json:"step_size"`
	// Min and Max bound the samples, as images are to [0, 1]. Both zero: no bounds.
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Check returns an error that names the setting that makes no sense.
func (m MALA) Check() error {
	if !positive(m.StepSize) {
		return fmt.Errorf("mala: step size is %g; it must be above 0, and is about right where some 0.57 of the proposals are accepted",
			m.StepSize)
	}
	return checkBounds("mala", m.Min, m.Max)
}

// Step makes one step of [Chain].
func (m MALA) Step(energy Energy, s State) (State, Info) {
	refuseNoise("mala", s)
	random, noise := RandomNormal(s.Random, s.X.Shape())
	random, uniform := drawUniform(random, s.X)
	x, info := m.Move(energy, s.X, noise, uniform)
	s.X, s.Random = x, random
	return s, info
}

// Move is the step for given standard normals, noise, of x's shape, and given uniforms [batch] that decide on acceptance.
func (m MALA) Move(energy Energy, x, noise, uniform *Node) (*Node, Info) {
	before, gradient := slope(energy, x)
	proposal := Add(Sub(x, MulScalar(gradient, m.StepSize)), MulScalar(noise, math.Sqrt(2*m.StepSize)))

	// The noise that would lead back from x' to x: log q is minus half its square, but for a constant.
	after, there := slope(energy, StopGradient(proposal))
	back := MulScalar(Add(Sub(x, proposal), MulScalar(there, m.StepSize)), 1/math.Sqrt(2*m.StepSize))
	logRatio := Add(Sub(before, after), MulScalar(Sub(squares(noise), squares(back)), 0.5))

	moved, acceptance := metropolis(x, proposal, logRatio, uniform, m.Min, m.Max)
	return moved, Info{
		GradientNorm: Norms(StopGradient(gradient)),
		Distance:     Norms(StopGradient(Sub(moved, x))),
		Acceptance:   acceptance,
	}
}
