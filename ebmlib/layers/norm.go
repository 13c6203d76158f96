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
	weight := Reshape(parameter(scope, x, "weight", initializer.One, channels), 1, channels, 1, 1)
	bias := preparedParameter(narrow, scope, x, "bias", initializer.Zero, channels)
	dtype := x.DType()
	x = wide(x)
	if groups == channels {
		return addBias(as(normalize(x, weight, 2, 3), dtype), bias)
	}
	grouped := Reshape(x, x.Shape().Dim(0), groups, channels/groups, x.Shape().Dim(2), x.Shape().Dim(3))
	one := Reshape(ScalarOne(x.Graph(), x.DType()), 1, 1, 1, 1, 1)
	return addBias(as(scale(ReshapeWithShape(normalize(grouped, one, 2, 3, 4), x.Shape()), weight), dtype), bias)
}

// normalize brings x to mean 0 and variance 1 over the axes, and multiplies it by a gain that has one entry along these:
//
//	y = c s gain    c = x - mean x, s = 1/√(mean c² + 1e-5)
//
// Its gradient in x, for the gradient v of y, is s gain (v - mean v - c s² mean(v c)): what the rules of a difference, products and a square
// root come to, in a third of the passes over x.
func normalize(x, gain *Node, axes ...int) *Node {
	count := 1
	for _, axis := range axes {
		count *= x.Shape().Dim(axis)
	}
	mean := func(x *Node) *Node { return ReduceAndKeep(x, ReduceMean, axes...) }
	c := Sub(x, mean(x))
	s := Inverse(Sqrt(AddScalar(mean(Square(c)), 1e-5)))
	rule := func(v *Node) []*Node {
		along := mean(Mul(v, c))
		inX := Mul(Sub(Sub(v, mean(v)), Mul(c, Mul(Square(s), along))), Mul(s, gain))
		if constant(gain) {
			return []*Node{inX, nil}
		}
		return []*Node{inX, MulScalar(along, count)}
	}
	// Engines compute these two once with those above. Their rules hand on what that of their product gives: the gradient in x, whole, and that in the gain.
	wholeX := withRule(Sub(x, mean(x)), func(v *Node) []*Node { return []*Node{v, nil} })
	onlyGain := withRule(Mul(s, gain), func(v *Node) []*Node { return []*Node{nil, sumTo(gain, Mul(v, s))} })
	return withRule(Mul(wholeX, onlyGain), rule)
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
