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
// Each image is multiplied from both sides by a constant banded matrix of 1/size, y = A x Bᵀ; on XLA the positions of its windows are summed.
// Either can be differentiated any number of times.
func AveragePool(x *Node, size, stride, padding int) *Node {
	if x.Rank() != 4 {
		Panicf("layers.AveragePool: x %s must be [batch, channels, height, width]", x.Shape())
	}
	height, width := x.Shape().Dim(2), x.Shape().Dim(3)
	if min(height, width)+2*padding < size {
		Panicf("layers.AveragePool: windows of %d positions don't fit images of %dx%d with %d of padding", size, height, width, padding)
	}
	if engine(x.Graph()) == xlaEngine {
		return as(windows{size, stride, padding, height, width}.pool(wide(x)), x.DType())
	}
	return fromBothSides(x, func(inputs int) [][]float32 { return averages(inputs, size, stride, padding) })
}

// BlurPool halves images [batch, channels, height, width] with less aliasing than [AveragePool]: a binomial filter [1 2 1]/4 along both
// axes, the image reflected at its edges, at every second position. (Zhang 2019.)
//
//	[batch, channels, height, width] -> [batch, channels, ⌊(height-1)/2⌋+1, likewise width]
func BlurPool(x *Node) *Node {
	if x.Rank() != 4 || x.Shape().Dim(2) < 2 || x.Shape().Dim(3) < 2 {
		Panicf("layers.BlurPool: x %s must be [batch, channels, height, width] with at least 2 positions along each side, to be reflected "+
			"at its edges", x.Shape())
	}
	return fromBothSides(x, binomial)
}

// fromBothSides multiplies each image x [batch, channels, height, width] by constant matrices, A x Bᵀ, with A = matrix(height)
// and B = matrix(width), each [outputs, inputs]. Between small images that is one product of all of them, laid out flat, by their Kronecker
// product (A ⊗ B)ᵀ: more arithmetic, but thousands of products of a few rows each take longer.
func fromBothSides(x *Node, matrix func(inputs int) [][]float32) *Node {
	dtype := x.DType()
	x = wide(x)
	batch, channels, height, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	fixed := func(m [][]float32) *Node { return hold(ConvertDType(Const(x.Graph(), m), x.DType())) }
	a, b := matrix(height), matrix(width)
	outHeight, outWidth := len(a), len(b)

	var y *Node
	if height*width*outHeight*outWidth <= largestKronecker {
		y = matMul(Reshape(x, -1, height*width), Transpose(fixed(kronecker(a, b)), 0, 1))
	} else {
		rows := matMul(Reshape(x, -1, width), Transpose(fixed(b), 0, 1))
		left := BroadcastToDims(Reshape(fixed(a), 1, outHeight, height), batch*channels, outHeight, height)
		y = matMul(left, Reshape(rows, batch*channels, height, outWidth))
	}
	return as(Reshape(y, batch, channels, outHeight, outWidth), dtype)
}

// largestKronecker is up to how many entries a Kronecker product is used: those for images of 14x14 that are halved.
const largestKronecker = 14 * 14 * 7 * 7

// kronecker is a ⊗ b, [rows of a * rows of b, columns of a * columns of b].
func kronecker(a, b [][]float32) [][]float32 {
	var rows [][]float32
	for _, ofA := range a {
		for _, ofB := range b {
			var row []float32
			for _, left := range ofA {
				for _, right := range ofB {
					row = append(row, left*right)
				}
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// averages is the [outputs, inputs] matrix that averages windows along one axis.
func averages(inputs, size, stride, padding int) [][]float32 {
	outputs := (inputs+2*padding-size)/stride + 1
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

// binomial is the [outputs, inputs] matrix of [BlurPool] along one axis.
func binomial(inputs int) [][]float32 {
	rows := make([][]float32, (inputs-1)/2+1)
	for o := range rows {
		rows[o] = make([]float32, inputs)
		for k, share := range []float32{0.25, 0.5, 0.25} {
			i := 2*o + k - 1
			if i < 0 {
				i = -i
			}
			if i >= inputs {
				i = 2*(inputs-1) - i
			}
			rows[o][i] += share
		}
	}
	return rows
}

// MeanOverPositions takes the mean over the positions of images: [batch, channels, height, width] -> [batch, channels].
func MeanOverPositions(x *Node) *Node {
	return ReduceMean(wide(x), 2, 3)
}
