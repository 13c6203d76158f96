package samplers

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// Transition changes images at random, as data augmentation does. Applied to the samples that chains start from, it carries them
// from one mode of the distribution to another, which Langevin steps alone seldom do; the chain then settles there (the paper's
// section on data augmentation transitions).
type Transition interface {
	// Apply changes images x, float32 [batch, channels, height, width] in [0, 1], each by random numbers of its own. y is of
	// the same shape and range. No gradient flows back through it.
	Apply(random, x *Node) (newRandom, y *Node)

	// Check returns an error that names the setting that makes no sense.
	Check() error
}

// Transitions are made one after the other. Without any, images stay as they are.
type Transitions []Transition

// Apply makes each transition on the result of the one before.
func (t Transitions) Apply(random, x *Node) (newRandom, y *Node) {
	for _, transition := range t {
		random, x = transition.Apply(random, x)
	}
	return random, x
}

// Check returns the first error of a transition, with its number in the list.
func (t Transitions) Check() error {
	for i, transition := range t {
		if err := transition.Check(); err != nil {
			return fmt.Errorf("transition %d: %w", i+1, err)
		}
	}
	return nil
}

// checkImages panics on what isn't images.
func checkImages(x *Node) {
	if x.Rank() != 4 || x.DType() != dtypes.Float32 {
		Panicf("samplers.Transition: x %s must be images, float32 [batch, channels, height, width]", x.Shape())
	}
}

// detached is y with no gradient flowing back through it. Without the Identity the gradient with respect to y itself would be zero
// too.
func detached(y *Node) *Node {
	return Identity(StopGradient(y))
}

// draw draws numbers uniform in [0, 1): count nodes, each [batch].
func draw(random, x *Node, count int) (newRandom *Node, numbers []*Node) {
	batch := x.Shape().Dim(0)
	random, values := RandomUniform(random, shapes.Make(x.DType(), count, batch))
	for i := range count {
		numbers = append(numbers, Reshape(Slice(values, AxisElem(i)), batch))
	}
	return random, numbers
}

// between maps [0, 1) to [low, high).
func between(low, high float64, u *Node) *Node {
	return AddScalar(MulScalar(u, high-low), low)
}

// sometimes is y for the images whose number u [batch], uniform in [0, 1), lies below the probability, x for the others; detached.
func sometimes(probability float64, u, y, x *Node) *Node {
	return detached(Where(LessThan(u, Scalar(u.Graph(), u.DType(), probability)), y, x))
}

// perImage lines values [batch] up with images: [batch, 1, 1, 1].
func perImage(values *Node) *Node {
	return Reshape(values, -1, 1, 1, 1)
}

// checkProbability refuses 0 too: it is what a setting left out reads as, and the transition would never be made.
func checkProbability(transition string, probability float64, papers string) error {
	if !(probability > 0 && probability <= 1) {
		return fmt.Errorf("%s: probability is %g; it must be above 0 and at most 1 (%s)", transition, probability, papers)
	}
	return nil
}
