package samplers

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Rows gathers rows [n] of a node [m, ...]: [n, ...].
func Rows(x, rows *Node) *Node {
	return Gather(x, Reshape(rows, -1, 1))
}

// SetRows returns x [m, ...] with the rows [n], which all differ, replaced by values [n, ...].
//
// Whole numbers are replaced by adding the difference, bytes modulo 256: that touches the n rows alone, where an engine's update of a replay
// buffer of images goes over all of it several times. Of floats a sum would be rounded.
func SetRows(x, rows, values *Node) *Node {
	indices := Reshape(ConvertDType(rows, dtypes.Int64), -1, 1) // ONNX Runtime scatters by int64 only.
	if x.DType().IsFloat() {
		return ScatterUpdate(x, indices, values, false, true)
	}
	change := Sub(ConvertDType(values, dtypes.Int32), ConvertDType(Rows(x, rows), dtypes.Int32))
	if x.DType() == dtypes.Uint8 {
		change = Where(IsNegative(change), AddScalar(change, 256), change)
	}
	return ScatterSum(x, indices, ConvertDType(change, x.DType()), false, true)
}
