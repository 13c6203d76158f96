package layers

import (
	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Engines whose own convolutions are slower than matrix products: the pure Go engine's take three to eight times as long, ONNX
// Runtime's only those of a kernel's gradient.
const (
	goEngine   = gobackend.BackendName
	onnxEngine = "onnxruntime"
)

func engine(g *Graph) string { return g.Backend().String() }

// convolutionByProduct multiplies, for each image, the weights [out, in*size*size] by its columns.
func convolutionByProduct(x, weight *Node) *Node {
	batch, out := x.Shape().Dim(0), weight.Shape().Dim(0)
	columns := columns(x, weight.Shape().Dim(2))
	rows := BroadcastToDims(Reshape(weight, 1, out, -1), batch, out, columns.Shape().Dim(1))
	y := DotGeneral(rows, []int{2}, []int{0}, columns, []int{1}, []int{0})
	return Reshape(y, batch, out, x.Shape().Dim(2), x.Shape().Dim(3))
}

// kernelGradientByProduct multiplies, for each image, its columns by v [out, height*width] transposed, and sums over the images.
func kernelGradientByProduct(x, v *Node, size int) *Node {
	batch, in, out := x.Shape().Dim(0), x.Shape().Dim(1), v.Shape().Dim(1)
	byImage := matMul(columns(x, size), Transpose(Reshape(v, batch, out, -1), 1, 2)) // [batch, in*size*size, out]
	return Reshape(Transpose(ReduceSum(byImage, 0), 0, 1), out, in, size, size)
}

// columns lays the size x size neighbourhood of every position of x [batch, in, height, width] into a column, zeros outside
// the image: [batch, in*size*size, height*width].
func columns(x *Node, size int) *Node {
	batch, in, height, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	padded := x
	if margin := size / 2; margin > 0 {
		rows := Zeros(x.Graph(), shapes.Make(x.DType(), batch, in, margin, width))
		padded = Concatenate([]*Node{rows, x, rows}, 2)
		sides := Zeros(x.Graph(), shapes.Make(x.DType(), batch, in, height+2*margin, margin))
		padded = Concatenate([]*Node{sides, padded, sides}, 3)
	}
	var shifted []*Node
	for k := range size {
		for l := range size {
			window := Slice(padded, AxisRange(), AxisRange(), AxisRange(k, k+height), AxisRange(l, l+width))
			shifted = append(shifted, Reshape(window, batch, in, 1, height*width))
		}
	}
	return Reshape(Concatenate(shifted, 2), batch, in*size*size, height*width)
}
