package samplers

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
)

// HMC is Hamiltonian Monte Carlo (Neal 2011): samples move like bodies of mass 1 in the potential E. A step makes Leapfrog
// leapfrog steps of size ε, StepSize, each
//
//	v ← v - ε/2 ∂E/∂x,   x ← x + ε v,   v ← v - ε/2 ∂E/∂x
//
// from velocities that are normal with mean 0 and standard deviation s, Velocity, in each coordinate.
//
// With Metropolis each step draws its velocities anew, and accepts where it ends with probability min(1, exp(-ΔH/s²)), with
// H = E + ‖v‖²/2, else stays at x. This leaves exp(-E/s²) unchanged at any step size: Velocity is 1 for samples of exp(-E). An end
// outside the bounds is never accepted, which samples that density cut off at them.
//
// Without it, as in the paper's reference, there is no test: the velocities are drawn once, at the start of the chain, and
// [State] carries them on, so that the chain is a single trajectory, its positions clamped to the bounds. The reference takes
// Velocity 0.001 and adds the term hmc_alignment to the objective.
//
// A step evaluates ∂E/∂x once more than it makes leapfrog steps, and is differentiated through all of them.
type HMC struct {
	StepSize   float64 `json:"step_size"`
	Leapfrog   int     `json:"leapfrog"`
	Velocity   float64 `json:"velocity"`
	Metropolis bool    `json:"metropolis"`
	// Min and Max bound the samples, as images are to [0, 1]. Both zero: no bounds.
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Check returns an error that names the setting that makes no sense.
func (h HMC) Check() error {
	if !positive(h.StepSize) {
		return fmt.Errorf("hmc: step size is %g; it must be above 0, and is about right where some 0.65 of the trajectories are accepted",
			h.StepSize)
	}
	if h.Leapfrog < 1 {
		return fmt.Errorf("hmc: a step is of %d leapfrog steps; it must be at least 1", h.Leapfrog)
	}
	if !positive(h.Velocity) {
		return fmt.Errorf("hmc: velocity is %g; it must be above 0 (1 for samples of exp(-E), 0.001 in the paper's reference)", h.Velocity)
	}
	return checkBounds("hmc", h.Min, h.Max)
}

// Step makes one step of [Chain].
func (h HMC) Step(energy Energy, s State) (State, Info) {
	refuseNoise("hmc", s)
	var uniform *Node
	if h.Metropolis || s.Velocity == nil {
		s.Random, s.Velocity = RandomNormal(s.Random, s.X.Shape())
		s.Velocity = MulScalar(s.Velocity, h.Velocity)
	}
	if h.Metropolis {
		s.Random, uniform = drawUniform(s.Random, s.X)
	}
	x, info := h.Move(energy, s.X, s.Velocity, uniform)
	s.X, s.Velocity = x, info.Velocity
	if h.Metropolis {
		s.Velocity = nil // The next step draws its own.
	}
	return s, info
}

// Move is the step for given velocities of x's shape, and given uniforms [batch] that decide on acceptance; without Metropolis
// they are not looked at.
func (h HMC) Move(energy Energy, x, velocity, uniform *Node) (*Node, Info) {
	before, gradient := slope(energy, x)
	first := gradient
	y, v, after := x, velocity, before
	for range h.Leapfrog {
		v = Sub(v, MulScalar(gradient, h.StepSize/2))
		y = Add(y, MulScalar(v, h.StepSize))
		if !h.Metropolis {
			y = clamp(y, h.Min, h.Max)
		}
		after, gradient = slope(energy, y)
		v = Sub(v, MulScalar(gradient, h.StepSize/2))
	}
	info := Info{GradientNorm: Norms(StopGradient(first)), Velocity: v, Gradient: gradient}
	if h.Metropolis {
		lost := Add(Sub(before, after), MulScalar(Sub(squares(velocity), squares(v)), 0.5)) // -ΔH
		y, info.Acceptance = metropolis(x, y, DivScalar(lost, h.Velocity*h.Velocity), uniform, h.Min, h.Max)
	}
	info.Distance = Norms(StopGradient(Sub(y, x)))
	return y, info
}
