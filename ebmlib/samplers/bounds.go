package samplers

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// The chains' settings Min and Max bound the samples, as images are to [0, 1]; both zero is no bounds.

func bounded(lowest, highest float64) bool { return lowest != 0 || highest != 0 }

// Bounded is a chain that may keep its samples within bounds; both are 0 where there are none.
type Bounded interface {
	Bounds() (lowest, highest float64)
}

func (l Langevin) Bounds() (lowest, highest float64) { return l.Min, l.Max }
func (m MALA) Bounds() (lowest, highest float64)     { return m.Min, m.Max }
func (h HMC) Bounds() (lowest, highest float64)      { return h.Min, h.Max }

func checkBounds(chain string, lowest, highest float64) error {
	if bounded(lowest, highest) && !(lowest < highest && !math.IsInf(lowest, 0) && !math.IsInf(highest, 0)) {
		return fmt.Errorf("%s: bounds are [%g, %g]; they must be finite, the first the lower, or both 0 for none", chain, lowest, highest)
	}
	return nil
}

// clamp cuts x off at the bounds.
func clamp(x *Node, lowest, highest float64) *Node {
	if !bounded(lowest, highest) {
		return x
	}
	return ClipScalar(x, lowest, highest)
}

// outside tells of each row of x [batch, ...] whether some entry lies beyond the bounds: [batch].
func outside(x *Node, lowest, highest float64) *Node {
	rows := Reshape(x, x.Shape().Dim(0), -1)
	least, largest := ReduceMin(rows, 1), ReduceMax(rows, 1)
	return LogicalOr(LessThan(least, Scalar(x.Graph(), x.DType(), lowest)), GreaterThan(largest, Scalar(x.Graph(), x.DType(), highest)))
}
