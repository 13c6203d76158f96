package samplers

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/layers"
)

// Chain is a Markov chain on the samples of an energy: [Langevin], [MALA], [HMC]. It is a plain struct of settings.
type Chain interface {
	// Step makes one step, its randomness drawn from the state. The new X is differentiable, also within a gradient that is
	// differentiated again, in the energy's parameters and in the old X: see [State.Detach]. The new state carries the Random that
	// the step's draws left, or every step would have the same noise, and Info has at least GradientNorm and Distance.
	Step(energy Energy, s State) (State, Info)
	// Check returns an error that names the setting that makes no sense.
	Check() error
}

// Energy maps a batch x to energies [batch, scales] inside a graph, its parameters and condition bound. A chain samples
// exp(-E) of their sum over scales.
type Energy = func(x *Node) *Node

// State is what the next step of a chain needs. Chains that go on in another graph take all of it there.
type State struct {
	X        *Node // the samples, [batch, ...]
	Random   *Node // GoMLX's random state
	Velocity *Node // of [HMC] without a test, like X; nil before the first step and for other chains

	// Noise is a scalar factor on the noise of [Langevin]; nil is 1. See [Annealed].
	Noise *Node
}

// Init starts chains at x.
func Init(x, random *Node) State {
	return State{X: x, Random: random}
}

// StateOf is the state of these nodes, as [State.Nodes] gives them: how a chain goes on in another graph.
func StateOf(nodes []*Node) State {
	s := Init(nodes[0], nodes[1])
	if len(nodes) > 2 {
		s.Velocity = nodes[2]
	}
	return s
}

// Nodes are X, Random, and Velocity if the chain has one.
func (s State) Nodes() []*Node {
	nodes := []*Node{s.X, s.Random}
	if s.Velocity != nil {
		nodes = append(nodes, s.Velocity)
	}
	return nodes
}

// Detach returns the state with no gradient flowing back through it. A step from a detached state ends in samples that
// depend on the energy's parameters through that step alone.
func (s State) Detach() State {
	// Without the Identity the gradient with respect to X would be zero: GoMLX stops it at X itself.
	s.X = Identity(StopGradient(s.X))
	if s.Velocity != nil {
		s.Velocity = Identity(StopGradient(s.Velocity))
	}
	return s
}

// Info is what a step tells of itself. GradientNorm and Distance are required; all else may be nil.
type Info struct {
	GradientNorm *Node // ‖∂E/∂x‖ where the step takes it first, the L2 norm over one sample: [batch]
	Distance     *Node // ‖x' - x‖, how far the step moved one sample: [batch]
	Acceptance   *Node // the probability with which the proposal was accepted: [batch]; nil for a chain without a test

	// The velocity and ∂E/∂x at the end of the trajectory of [HMC], both like X and differentiable as X is; nil for
	// other chains.
	Velocity, Gradient *Node
}

// Norms is the L2 norm of each row of x [batch, ...]: [batch].
func Norms(x *Node) *Node {
	return Sqrt(squares(x))
}

// squares is the squared L2 norm of each row of x [batch, ...]: [batch].
func squares(x *Node) *Node {
	return ReduceSum(Square(Reshape(x, x.Shape().Dim(0), -1)), 1)
}

// slope is the energy of x summed over scales [batch], and its gradient ∂E/∂x [batch, ...].
func slope(energy Energy, x *Node) (e, gradient *Node) {
	// In an x that is itself held constant the gradient would be zero. So it is taken in a copy, which passes gradients on.
	x = IdentityWithCustomGradient(x, func(_, v *Node) *Node { return v })
	e = ReduceSum(energy(x), 1)
	return e, layers.InputGradient(e, x)
}

// positive tells whether a setting is above 0 and finite.
func positive(setting float64) bool { return setting > 0 && !math.IsInf(setting, 1) }
