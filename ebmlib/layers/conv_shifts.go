package layers

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// This file has a convolution as a matrix product of shifted images. With a margin of size/2 zero columns after each row, and as many zero
// rows above and below, an image laid out flat is shifted by k rows and l columns where its start is moved by k width + l: what
// leaves a row at one end meets zeros, not the next row. Several shifts of an image are then one concatenation of it with zeros.

// kernelGradientByShifts is [kernelGradient] as one product for each image, of x shifted by columns with v shifted by rows:
//
//	g[o, c, k, l] = Σ_q v[b, o, q - k width] x[b, c, q + l]
//
// Each is copied size times, where the columns of a convolution are size² copies of x.
func kernelGradientByShifts(x, v *Node, size int) *Node {
	in, out := x.Shape().Dim(1), v.Shape().Dim(1)
	margin := size / 2
	width := x.Shape().Dim(3) + margin
	columns, rows := make([]int, size), make([]int, size)
	for i := range size {
		columns[i], rows[i] = margin-i, (i-margin)*width
	}
	byImage := matMul(shifts(x, margin, columns), Transpose(shifts(v, margin, rows), 1, 2)) // [batch, in*size, out*size]
	// Their sum is a product with ones, for ONNX Runtime takes twenty times as long to sum over a first axis.
	batch := x.Shape().Dim(0)
	sum := matMul(Ones(x.Graph(), shapes.Make(x.DType(), 1, batch)), Reshape(byImage, batch, -1))
	return TransposeAllDims(Reshape(sum, in, size, out, size), 2, 0, 3, 1) // of [c, l, o, k]
}

// shifts lays images x [batch, channels, height, width] out flat, moved forward by each number of positions:
// [batch, channels*len(by), (height + 2 margin)(width + margin) + 2 margin].
func shifts(x *Node, margin int, by []int) *Node {
	batch, channels, height, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	zeros := func(positions int) *Node {
		return Zeros(x.Graph(), shapes.Make(x.DType(), batch, channels, positions))
	}
	if margin > 0 {
		x = Concatenate([]*Node{x, Reshape(zeros(height*margin), batch, channels, height, margin)}, 3)
		width += margin
	}
	flat, edge := Reshape(x, batch, channels, height*width), margin*width+margin
	var parts []*Node
	before := 0 // zeros that the next copy follows
	for _, shift := range by {
		if before += edge + shift; before > 0 {
			parts = append(parts, zeros(before))
		}
		parts = append(parts, flat)
		before = edge - shift
	}
	if before > 0 {
		parts = append(parts, zeros(before))
	}
	if len(parts) == 1 {
		return flat
	}
	return Reshape(Concatenate(parts, 2), batch, channels*len(by), height*width+2*edge)
}
