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
	centred := Sub(grouped, ReduceAndKeep(grouped, ReduceMean, 2))
	variance := ReduceAndKeep(Square(centred), ReduceMean, 2)
	normal := ReshapeWithShape(Div(centred, Sqrt(AddScalar(variance, 1e-5))), x.Shape())

	weight := parameter(scope, x, "weight", initializer.One, channels)
	bias := parameter(scope, x, "bias", initializer.Zero, channels)
	return addBias(Mul(normal, Reshape(weight, 1, channels, 1, 1)), bias)
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
