package layers

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// ComputeIn has the layers of a graph compute their convolutions and matrix products in that type, dtypes.BFloat16 say: what they multiply is
// rounded to it, and added up in float32. What goes from layer to layer as images has that type too, with biases and activations, for a GPU
// spends more time on moving images than on multiplying them. All else stays float32: weights, norms, pools and other sums, what [Linear] gives,
// the energies, and their gradients in x.
//
// bfloat16 has float32's range and 8 bits of precision, so energies differ in the third digit; a GPU multiplies it several times faster.
// ComputeIn panics where the engine has no products in it.
func ComputeIn(g *Graph, precision dtypes.DType) {
	if !Multiplies(g.Backend(), precision) {
		Panicf("layers.ComputeIn: the engine %s has no products in %s: take xla, or float32", engine(g), precision)
	}
	stateOf(g).precision = precision
}

// Multiplies tells whether an engine has convolutions and matrix products in that type: bfloat16 takes XLA.
func Multiplies(backend compute.Backend, precision dtypes.DType) bool {
	return precision != dtypes.BFloat16 || backend.String() != goEngine && backend.String() != onnxEngine
}

// narrow is x in the precision of [ComputeIn].
func narrow(x *Node) *Node {
	if precision := stateOf(x.Graph()).precision; precision != dtypes.InvalidDType {
		return as(x, precision)
	}
	return x
}

// wide is x in float32 if it was made narrow.
func wide(x *Node) *Node { return as(x, wideType(x)) }

// wideType is the type that x had before it was made narrow: that of parameters.
func wideType(x *Node) dtypes.DType {
	if precision := stateOf(x.Graph()).precision; precision != dtypes.InvalidDType && x.DType() == precision {
		return dtypes.Float32
	}
	return x.DType()
}

func as(x *Node, dtype dtypes.DType) *Node {
	if x.DType() == dtype {
		return x
	}
	return ConvertDType(x, dtype)
}
