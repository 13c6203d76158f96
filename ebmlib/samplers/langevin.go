package samplers

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// Energy maps a batch x to energies [batch, scales] inside a graph, its parameters and condition bound.
type Energy = func(x *Node) *Node

// State is what the next step of a chain needs.
type State struct {
	X      *Node // the samples, [batch, ...]
	Random *Node // GoMLX's random state
}

// Init starts chains at x.
func Init(x, random *Node) State {
	return State{X: x, Random: random}
}

// Detach returns the state with no gradient flowing back through it. A step from a detached state ends in samples that
// depend on the energy's parameters through that step alone.
func (s State) Detach() State {
	// Without the Identity the gradient with respect to X would be zero: GoMLX stops it at X itself.
	return State{X: Identity(StopGradient(s.X)), Random: s.Random}
}

// Info is what a step tells of itself, each [batch].
type Info struct {
	GradientNorm *Node // ‖∂E/∂x‖, the L2 norm over one sample
	Distance     *Node // ‖x' - x‖, how far the step moved one sample
}

// Langevin is the chain of Langevin dynamics as the paper's reference has it. One step, with z standard normal:
//
//	y  = x + Noise z
//	x' = clamp(y - StepSize ∂E/∂y, Min, Max)
//
// E is summed over its scales. With Noise = √(2 StepSize) and no bounds it is the unadjusted Langevin algorithm, whose samples
// follow exp(-E) as StepSize goes to 0. On images the paper takes a far larger step with little noise: StepSize 100,
// Noise 0.001 (section 3 and appendix).
type Langevin struct {
	StepSize float64 `json:"step_size"`
	Noise    float64 `json:"noise"`
	// Min and Max bound the samples, as images are to [0, 1]. Both zero: no bounds.
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Check returns an error that names the setting that makes no sense.
func (l Langevin) Check() error {
	if !(l.StepSize > 0) || math.IsInf(l.StepSize, 0) {
		return fmt.Errorf("langevin: step size is %g; it must be above 0 (the paper's for images is 100)", l.StepSize)
	}
	if !(l.Noise >= 0) || math.IsInf(l.Noise, 0) {
		return fmt.Errorf("langevin: noise is %g; it must not be negative (the paper's is 0.001)", l.Noise)
	}
	if l.bounded() && !(l.Min < l.Max && !math.IsInf(l.Min, 0) && !math.IsInf(l.Max, 0)) {
		return fmt.Errorf("langevin: bounds are [%g, %g]; they must be finite, the first the lower, or both 0 for none", l.Min, l.Max)
	}
	return nil
}

func (l Langevin) bounded() bool { return l.Min != 0 || l.Max != 0 }

// Step makes one step, its noise drawn from the state. The new X is differentiable in the energy's parameters and
// in the old X: see [State.Detach].
func (l Langevin) Step(energy Energy, s State) (State, Info) {
	random, noise := RandomNormal(s.Random, s.X.Shape())
	x, info := l.Move(energy, s.X, noise)
	return State{X: x, Random: random}, info
}

// Move is the step for given standard normals, noise, of x's shape.
func (l Langevin) Move(energy Energy, x, noise *Node) (*Node, Info) {
	y := Add(x, MulScalar(noise, l.Noise))
	gradient := Gradient(ReduceAllSum(energy(y)), y)[0]
	moved := Sub(y, MulScalar(gradient, l.StepSize))
	if l.bounded() {
		moved = ClipScalar(moved, l.Min, l.Max)
	}
	return moved, Info{
		GradientNorm: Norms(StopGradient(gradient)),
		Distance:     Norms(StopGradient(Sub(moved, x))),
	}
}

// Norms is the L2 norm of each row of x [batch, ...]: [batch].
func Norms(x *Node) *Node {
	return Sqrt(ReduceSum(Square(Reshape(x, x.Shape().Dim(0), -1)), 1))
}
