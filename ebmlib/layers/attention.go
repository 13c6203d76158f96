package layers

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// SelfAttention lets the positions of images x [batch, channels, height, width] attend to each other. With 1x1 convolutions q and k to
// channels/8 and v to channels, each seen as a matrix [channels of it, positions] of one image,
//
//	y = x + gamma v softmax(qᵀ k)ᵀ
//
// the softmax over the keys, the products not scaled. Parameters: query_conv, key_conv, value_conv (see [Conv]), gamma [1], at
// first 0. (Zhang et al. 2018, as the paper's reference has it.)
func SelfAttention(scope *model.Scope, x *Node) *Node {
	batch, channels := x.Shape().Dim(0), x.Shape().Dim(1)
	if channels < 8 {
		Panicf("layers.SelfAttention: queries and keys have channels/8 channels, so x %s needs at least 8", x.Shape())
	}
	matrices := func(name string, out int) *Node {
		return Reshape(Conv(scope.At("%s", name), x, out, 1), batch, out, -1)
	}
	query, key, value := matrices("query_conv", channels/8), matrices("key_conv", channels/8), matrices("value_conv", channels)
	attention := softmax(matMul(Transpose(query, 1, 2), key)) // [batch, positions, keys]
	attended := Reshape(matMul(value, Transpose(attention, 1, 2)), x.Shape().Dimensions...)
	gamma := parameter(scope, x, "gamma", initializer.Zero, 1)
	return as(Add(wide(x), scale(attended, Reshape(gamma, 1, 1, 1, 1))), x.DType())
}

// softmax normalises exp(x) over the last axis. The maximum that keeps it from overflowing cancels, so it needs no gradient.
func softmax(x *Node) *Node {
	e := Exp(Sub(x, StopGradient(ReduceAndKeep(x, ReduceMax, -1))))
	return Div(e, ReduceAndKeep(e, ReduceSum, -1))
}
