package layers

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// GroupNorm normalises images x [batch, channels, height, width] to mean 0 and variance 1 over each group of channels
// and all positions, then scales and shifts each channel:
//
//	y = weight (x - mean) / √(variance + 1e-5) + bias
//
// With as many groups as channels it is instance norm, with one group layer norm. Parameters: weight, bias [channels], at first 1 and 0.
func GroupNorm(scope *model.Scope, x *Node, groups int) *Node {
	channels := x.Shape().Dim(1)
	if groups < 1 || channels%groups != 0 {
		Panicf("layers.GroupNorm: %d channels can't be split into %d equal groups", channels, groups)
	}
	grouped := Reshape(x, x.Shape().Dim(0), groups, -1)
	normal := ReshapeWithShape(normalize(Sub(grouped, ReduceAndKeep(grouped, ReduceMean, 2))), x.Shape())

	weight := parameter(scope, x, "weight", initializer.One, channels)
	bias := parameter(scope, x, "bias", initializer.Zero, channels)
	return addBias(scale(normal, Reshape(weight, 1, channels, 1, 1)), bias)
}

// normalize divides centred values c by their standard deviation over the last axis, y = c s with s = 1/√(mean c² + 1e-5).
//
// Its gradient, for the gradient v of y, is s (v - y mean(v y)): what the rules of a product and of a square root come to, in a third of
// the operations.
func normalize(c *Node) *Node {
	last := c.Rank() - 1
	s := Inverse(Sqrt(AddScalar(ReduceAndKeep(Square(c), ReduceMean, last), 1e-5)))
	y := Mul(c, s)
	return withRule(y, func(v *Node) []*Node {
		along := ReduceAndKeep(Mul(v, y), ReduceMean, last)
		return []*Node{Mul(Sub(v, Mul(y, along)), s), nil}
	})
}

// ReferenceNorm is the normalisation of the paper's reference implementation: instance norm up to 128 channels, group norm
// of 32 groups above.
func ReferenceNorm(scope *model.Scope, x *Node) *Node {
	channels := x.Shape().Dim(1)
	if channels <= 128 {
		return GroupNorm(scope, x, channels)
	}
	return GroupNorm(scope, x, 32)
}
