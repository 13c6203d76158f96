package samplers

import (
	"fmt"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// RandomShift pads each image with Padding zeros on every side and crops it at random to its old size, which moves it by whole
// pixels, uniform in -Padding..Padding, in both directions. Classifiers of CIFAR-10 are usually trained with a padding of 4. Mind that to an energy
// the zeros are part of the data: it learns the black frames first.
type RandomShift struct {
	Padding int `json:"padding"`
}

// Check returns an error that names the setting that makes no sense.
func (s RandomShift) Check() error {
	if s.Padding < 1 {
		return fmt.Errorf("random shift: padding is %d; it must be at least 1 pixel (for CIFAR-10 it is usually 4)", s.Padding)
	}
	return nil
}

// Apply moves each image by a shift of its own.
func (s RandomShift) Apply(random, x *Node) (newRandom, y *Node) {
	checkImages(x)
	random, u := draw(random, x, 2)
	pixels := func(u *Node) *Node { return AddScalar(Floor(MulScalar(u, 2*s.Padding+1)), -s.Padding) }
	return random, detached(shift(x, pixels(u[0]), pixels(u[1])))
}

// shift moves each image down and right, [batch], in pixels.
func shift(x, down, right *Node) *Node {
	return resample(x, translation(down, x.Shape().Dim(2)), translation(right, x.Shape().Dim(3)))
}

// translation is the matrix [batch, size, size] that moves an axis by pixels [batch].
func translation(pixels *Node, size int) *Node {
	outputs := Iota(pixels.Graph(), shapes.Make(pixels.DType(), 1, size), 1)
	return interpolation(Sub(outputs, InsertAxes(pixels, -1)), size)
}
