package layers

import (
	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// AveragePool takes the mean over windows of size x size positions, stride apart, of images [batch, channels, height, width].
// padding zeros on each side count in the mean. The reference pools with size 3, stride 2, padding 1.
//
//	[batch, channels, height, width] -> [batch, channels, ⌊(height+2 padding-size)/stride⌋+1, likewise width]
//
// Each image is multiplied from both sides by a constant banded matrix of 1/size, y = A x Bᵀ, which every engine can differentiate
// any number of times.
func AveragePool(x *Node, size, stride, padding int) *Node {
	if x.Rank() != 4 {
		Panicf("layers.AveragePool: x %s must be [batch, channels, height, width]", x.Shape())
	}
	g := x.Graph()
	batch, channels, height, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	a := hold(ConvertDType(Const(g, poolingMatrix(height, size, stride, padding)), x.DType()))
	b := hold(ConvertDType(Const(g, poolingMatrix(width, size, stride, padding)), x.DType()))
	outHeight, outWidth := a.Shape().Dim(0), b.Shape().Dim(0)

	rows := matMul(Reshape(x, -1, width), Transpose(b, 0, 1))
	a = BroadcastToDims(Reshape(a, 1, outHeight, height), batch*channels, outHeight, height)
	y := matMul(a, Reshape(rows, batch*channels, height, outWidth))
	return Reshape(y, batch, channels, outHeight, outWidth)
}

// poolingMatrix is the [outputs, inputs] matrix that averages windows along one axis.
func poolingMatrix(inputs, size, stride, padding int) [][]float32 {
	outputs := (inputs+2*padding-size)/stride + 1
	if inputs+2*padding < size {
		Panicf("layers.AveragePool: windows of %d positions don't fit an axis of %d with %d of padding", size, inputs, padding)
	}
	rows := make([][]float32, outputs)
	for o := range rows {
		rows[o] = make([]float32, inputs)
		first := o*stride - padding
		for i := max(first, 0); i < min(first+size, inputs); i++ {
			rows[o][i] = 1 / float32(size)
		}
	}
	return rows
}

// MeanOverPositions takes the mean over the positions of images: [batch, channels, height, width] -> [batch, channels].
func MeanOverPositions(x *Node) *Node {
	return ReduceMean(x, 2, 3)
}
