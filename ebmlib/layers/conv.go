package layers

import (
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// Conv convolves images x [batch, in, height, width] with out kernels of size x size, size odd, stride 1, zero padding
// that keeps the image's size:
//
//	y[b, o, i, j] = bias[o] + Σ_{c,k,l} weight[o, c, k, l] x[b, c, i+k-size/2, j+l-size/2]
//
// Parameters: weight [out, in, size, size], bias [out].
func Conv(scope *model.Scope, x *Node, out, size int) *Node {
	return prepareAndConvolve(narrow, scope, x, out, size)
}

// StandardizedConv is [Conv] with its weight standardised: see [Standardize].
func StandardizedConv(scope *model.Scope, x *Node, out, size int) *Node {
	return prepareAndConvolve(func(weight *Node) *Node { return narrow(Standardize(weight)) }, scope, x, out, size)
}

// Standardize takes from a weight [out, in, height, width] the mean, and divides it by the standard deviation (unbiased)
// + 1e-5, both over all but the first axis.
func Standardize(weight *Node) *Node {
	centred := Sub(weight, ReduceAndKeep(weight, ReduceMean, 1, 2, 3))
	count := float64(weight.Shape().Size() / weight.Shape().Dim(0))
	variance := MulScalar(ReduceAndKeep(Square(centred), ReduceSum, 1, 2, 3), 1/(count-1))
	return Div(centred, AddScalar(Sqrt(variance), 1e-5))
}

// prepareAndConvolve is [Conv] with what prepare makes of its weight.
func prepareAndConvolve(prepare func(weight *Node) *Node, scope *model.Scope, x *Node, out, size int) *Node {
	in := x.Shape().Dim(1)
	init := uniformByFanIn(scope, in*size*size)
	weight := preparedParameter(prepare, scope, x, "weight", init, out, in, size, size)
	return addBias(Convolution(x, weight), preparedParameter(narrow, scope, x, "bias", init, out))
}

func addBias(x, bias *Node) *Node {
	return shift(x, as(Reshape(bias, 1, bias.Shape().Dim(0), 1, 1), x.DType()))
}

// Convolution is [Conv] without the bias: x [batch, in, height, width], weight [out, in, size, size] with odd size.
//
// It is linear in x and in weight, and its gradients are of the same kind: for a gradient v [batch, out, height, width] of its output,
//
//	∂/∂x      = Convolution(v, weight with in and out exchanged and both spatial axes reversed)
//	∂/∂weight = kernelGradient(x, v)
//
// so that any order of gradient is made of these two.
func Convolution(x, weight *Node) *Node {
	if x.Rank() != 4 || weight.Rank() != 4 || weight.Shape().Dim(1) != x.Shape().Dim(1) ||
		weight.Shape().Dim(2)%2 == 0 || weight.Shape().Dim(2) != weight.Shape().Dim(3) {
		Panicf("layers.Convolution: x %s must be [batch, in, height, width] and weight %s [out, in, size, size], size odd",
			x.Shape(), weight.Shape())
	}
	x, weight = narrow(x), narrow(weight)
	rule := func(v *Node) []*Node {
		gradients := []*Node{inputGradient(weight, v), nil}
		if !constant(weight) {
			gradients[1] = kernelGradient(x, v, weight.Shape().Dim(2))
		}
		return gradients
	}
	direct := func() *Node {
		return withRule(Convolve(x, weight).AxesConfig(nchw).PadSame().Done(), rule)
	}
	if engine(x.Graph()) == goEngine { // The direct form carries the gradient and is itself never computed.
		output, _ := InternalFusedOpCaller(func() *Node { return convolutionByProduct(x, weight) }, direct, true)
		return output
	}
	return direct()
}

// inputGradient is the gradient of a [Convolution] by weight in its x, for the gradient v of its output.
func inputGradient(weight, v *Node) *Node {
	return Convolution(v, Reverse(Transpose(weight, 0, 1), 2, 3))
}

// kernelGradient is the gradient of a [Convolution] of x [batch, in, height, width] in its weight [out, in, size, size], for
// the gradient v [batch, out, height, width] of its output:
//
//	g[o, c, k, l] = Σ_{b,i,j} v[b, o, i, j] x[b, c, i+k-size/2, j+l-size/2]
//
// which is a convolution too, with the batch in the place of the channels. Its own gradients, for w of g's shape, are those
// two of x and of weight again with w in the weight's place: ∂/∂x = inputGradient(w, v), ∂/∂v = Convolution(x, w).
func kernelGradient(x, v *Node, size int) *Node {
	rule := func(w *Node) []*Node { return []*Node{inputGradient(w, v), Convolution(x, w)} }
	direct := func() *Node {
		axes := nchw
		axes.InputBatch, axes.InputChannels = 1, 0
		axes.KernelOutputChannels, axes.KernelInputChannels = 1, 0
		axes.OutputBatch, axes.OutputChannels = 1, 0
		padding := [][2]int{{size / 2, size / 2}, {size / 2, size / 2}}
		return withRule(Convolve(x, v).AxesConfig(axes).PaddingPerDim(padding).Done(), rule)
	}
	switch engine(x.Graph()) {
	case goEngine:
		output, _ := InternalFusedOpCaller(func() *Node { return kernelGradientByProduct(x, v, size) }, direct, true)
		return output
	case onnxEngine: // Whose convolutions with a kernel of the image's size take two to three times as long.
		return composite(func() *Node { return kernelGradientByShifts(x, v, size) }, rule, x, v)
	}
	return direct()
}

var nchw = compute.ConvolveAxesConfig{
	InputBatch: 0, InputChannels: 1, InputSpatial: []int{2, 3},
	KernelOutputChannels: 0, KernelInputChannels: 1, KernelSpatial: []int{2, 3},
	OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2, 3},
}
