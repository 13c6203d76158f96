package samplers

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// FromBytes makes images in [0, 1) of bytes k: (k + u)/256 with u uniform in [0, 1), which spreads each intensity evenly
// over its interval.
//
// Of u it keeps 16 binary digits: the sum then has at most 24, as many as a float32, so that it is never rounded up to k + 1.
func FromBytes(bytes, uniform *Node) *Node {
	digits := MulScalar(Floor(MulScalar(uniform, 1<<16)), 1.0/(1<<16))
	return MulScalar(Add(ConvertDType(bytes, uniform.DType()), digits), 1.0/256)
}

// ToBytes is the byte whose interval each value in [0, 1] lies in: ⌊256 x⌋, and 255 for 1. It undoes [FromBytes] exactly.
func ToBytes(x *Node) *Node {
	return ConvertDType(MinScalar(Floor(MulScalar(x, 256)), 255), dtypes.Uint8)
}
