package layers

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Condition scales and shifts each channel of images x [batch, channels, height, width] by a linear map of a condition
// [batch, conditions], such as one-hot labels:
//
//	[gain, bias] = the halves of weight condition + bias;  y = gain x + bias
//
// Parameters: those of the [Linear] map to 2·channels.
func Condition(scope *model.Scope, x, condition *Node) *Node {
	batch, channels := x.Shape().Dim(0), x.Shape().Dim(1)
	halves := Reshape(Linear(scope, condition, 2*channels), batch, 2, channels)
	half := func(which [][][]float32) *Node { // Not by a slice, which can't be differentiated twice.
		chosen := ReduceSum(Mul(halves, ConvertDType(Const(x.Graph(), which), halves.DType())), 1)
		return ofParameters(Reshape(chosen, batch, channels, 1, 1)) // A condition is constant too.
	}
	gain, bias := half([][][]float32{{{1}, {0}}}), half([][][]float32{{{0}, {1}}})
	return as(shift(scale(wide(x), gain), bias), x.DType())
}
