package layers

import (
	"slices"

	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/go-xla/compute/xla"
	. "github.com/gomlx/gomlx/core/graph"
)

// Engines that layers choose their form by. The pure Go engine's own convolutions take ten to thirty times as long as matrix products, ONNX
// Runtime's only those of a kernel's gradient.
const (
	goEngine   = gobackend.BackendName
	onnxEngine = "onnxruntime"
	xlaEngine  = xla.BackendName
)

func engine(g *Graph) string { return g.Backend().String() }

// The rest of this file has convolutions as matrix products for the pure Go engine. Of its operations that move values, concatenation alone moves
// whole blocks; all others go value by value. And its matrix products take four rows by eight columns at a time, what is over one by one.

// convolutionByProduct multiplies, for each image, the weights [out, in*size*size] by its columns.
func convolutionByProduct(x, weight *Node) *Node {
	batch, height, width := x.Shape().Dim(0), x.Shape().Dim(2), x.Shape().Dim(3)
	out, size := weight.Shape().Dim(0), weight.Shape().Dim(2)
	kernels := padded(Reshape(weight, 1, out, -1), 1, roundUp(out, 4))
	kernels = Concatenate(slices.Repeat([]*Node{kernels}, batch), 0)
	y := matMul(kernels, columns(x, size))
	y = padded(y, 2, roundUp(y.Shape().Dim(2), width+size/2))
	y = Reshape(y, batch, roundUp(out, 4), -1, width+size/2)
	return Slice(y, AxisRange(), AxisRange(0, out), AxisRange(0, height), AxisRange(0, width))
}

// kernelGradientByProduct multiplies, for each image, its columns by v [out, height*width] transposed, and sums over the images. Columns are
// made of the side with fewer channels: with x and v exchanged the gradient is the same, its kernels reversed.
func kernelGradientByProduct(x, v *Node, size int) *Node {
	batch, in, out := x.Shape().Dim(0), x.Shape().Dim(1), v.Shape().Dim(1)
	if out < in {
		return Reverse(Transpose(kernelGradientByProduct(v, x, size), 0, 1), 2, 3)
	}
	columns := columns(x, size)
	v = padded(v, 3, v.Shape().Dim(3)+size/2)
	v = padded(Reshape(v, batch, out, -1), 2, columns.Shape().Dim(2))
	byImage := matMul(columns, Transpose(v, 1, 2)) // [batch, in*size*size, out]
	return Reshape(Transpose(ReduceSum(byImage, 0), 0, 1), out, in, size, size)
}

// columns lays the size x size neighbourhood of every position of x [batch, in, height, width] into a column, zeros outside
// the image: [batch, in*size*size, positions]. Positions go along rows of width + size/2, what is past an image's width or height is of no use.
//
// With size/2 zeros at the end of each row, an image laid out flat is shifted by k rows and l columns where it starts k (width + size/2) + l
// places further on: what leaves a row at one end meets zeros, not the next row. So all columns of a channel are one concatenation of its
// image, size² times, with zeros in between.
func columns(x *Node, size int) *Node {
	batch, in, height, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	margin := size / 2
	pitch := width + margin
	image := Reshape(padded(x, 3, pitch), batch, in, height*pitch)
	positions := roundUp((height+margin)*pitch, 8)
	var parts []*Node
	filled := 0
	zerosUpTo := func(place int) {
		if place > filled {
			parts = append(parts, Zeros(x.Graph(), shapes.Make(x.DType(), batch, in, place-filled)))
		}
	}
	for k := range size {
		for l := range size {
			start := (k*size+l)*positions - (k-margin)*pitch - (l - margin)
			zerosUpTo(start)
			parts = append(parts, image)
			filled = start + height*pitch
		}
	}
	zerosUpTo(size * size * positions)
	return Reshape(Concatenate(parts, 2), batch, in*size*size, positions)
}

// padded is x with zeros at the end of an axis, to length.
func padded(x *Node, axis, length int) *Node {
	dims := slices.Clone(x.Shape().Dimensions)
	dims[axis] = length - dims[axis]
	if dims[axis] == 0 {
		return x
	}
	return Concatenate([]*Node{x, Zeros(x.Graph(), shapes.Make(x.DType(), dims...))}, axis)
}

func roundUp(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }
