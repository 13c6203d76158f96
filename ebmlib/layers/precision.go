package layers

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// ComputeIn has the layers of a graph compute their convolutions and matrix products in that type, dtypes.BFloat16 say: what they multiply is
// rounded to it, and added up in float32. All else stays as it is: weights, activations, norms and other reductions, the energies, and
// their gradients in x. A type that is already theirs changes nothing.
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

// product is what multiply makes of a and b, in the precision of [ComputeIn], with a rule of its own.
func product(a, b *Node, multiply func(a, b *Node) *Node, r rule) *Node {
	precision := stateOf(a.Graph()).precision
	if precision == dtypes.InvalidDType || precision == a.DType() {
		return withRule(multiply(a, b), r)
	}
	return composite(func() *Node {
		return ConvertDType(multiply(ConvertDType(a, precision), ConvertDType(b, precision)), a.DType())
	}, r, a, b)
}
