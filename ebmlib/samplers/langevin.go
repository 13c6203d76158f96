package samplers

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// Langevin is the chain of Langevin dynamics as the paper's reference has it. One step, with z standard normal:
//
//	y  = x + Noise z
//	x' = clamp(y - StepSize ∂E/∂y, Min, Max)
//
// With Noise = √(2 StepSize) and no bounds it is the unadjusted Langevin algorithm (seen before instead of after its noise), whose
// samples follow exp(-E) as StepSize goes to 0; [MALA] adds the test that makes them exact. On images the paper takes a far
// larger step with little noise: StepSize 100, Noise 0.001 (section 3 and appendix).
type Langevin struct {
	StepSize float64 `json:"step_size"`
	Noise    float64 `json:"noise"`
	// Min and Max bound the samples, as images are to [0, 1]. Both zero: no bounds.
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Check returns an error that names the setting that makes no sense.
func (l Langevin) Check() error {
	if !positive(l.StepSize) {
		return fmt.Errorf("langevin: step size is %g; it must be above 0 (the paper's for images is 100)", l.StepSize)
	}
	if !(l.Noise >= 0) || math.IsInf(l.Noise, 0) {
		return fmt.Errorf("langevin: noise is %g; it must not be negative (the paper's is 0.001)", l.Noise)
	}
	return checkBounds("langevin", l.Min, l.Max)
}

// Step makes one step of [Chain], its noise times the state's factor.
func (l Langevin) Step(energy Energy, s State) (State, Info) {
	random, noise := RandomNormal(s.Random, s.X.Shape())
	if s.Noise != nil {
		noise = Mul(noise, s.Noise)
	}
	x, info := l.Move(energy, s.X, noise)
	s.X, s.Random = x, random
	return s, info
}

// Move is the step for given standard normals, noise, of x's shape.
func (l Langevin) Move(energy Energy, x, noise *Node) (*Node, Info) {
	y := Add(x, MulScalar(noise, l.Noise))
	_, gradient := slope(energy, y)
	moved := clamp(Sub(y, MulScalar(gradient, l.StepSize)), l.Min, l.Max)
	return moved, Info{
		GradientNorm: Norms(StopGradient(gradient)),
		Distance:     Norms(StopGradient(Sub(moved, x))),
	}
}

// Annealed is the factor on the noise of step 0, 1, ..., steps-1 of a chain whose noise falls evenly, to none in the last
// step: (steps - step - 1)/steps, the optional annealing of the paper's reference.
func Annealed(step, steps int) float64 {
	return float64(steps-step-1) / float64(steps)
}
