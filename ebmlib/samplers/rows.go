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
func SetRows(x, rows, values *Node) *Node {
	rows = ConvertDType(rows, dtypes.Int64) // ONNX Runtime scatters by int64 only.
	return ScatterUpdate(x, Reshape(rows, -1, 1), values, false, true)
}
