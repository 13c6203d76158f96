package models

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/layers"
)

// Levels is the small residual network that the benchmark's work A times: with F filters throughout,
//
//	swish(conv1 to F); res_1: F; pool; res_2: F; pool; ... res_Levels: F; swish; mean over positions; energy_map: F to 1
//
// each block a residual one that keeps the image's size, pooling (3x3, stride 2) between blocks alone.
type Levels struct {
	Filters int // F; work A has 32
	Levels  int // blocks; work A has 3
	Variant
}

// Energy maps images [batch, channels, height, width] to energies [batch, 1]. condition is [batch, conditions], one-hot labels say, or
// nil.
func (m Levels) Energy(scope *model.Scope, x, condition *Node) *Node {
	if m.Filters < 1 || m.Levels < 1 {
		Panicf("models.Levels: Filters is %d and Levels %d; give both, as in Levels{Filters: 32, Levels: 3}", m.Filters, m.Levels)
	}
	h := layers.Swish(layers.Conv(scope.At("conv1"), x, m.Filters, 3))
	for level := 1; level <= m.Levels; level++ {
		if level > 1 {
			h = m.pool(h)
		}
		h = m.ResidualBlock(scope.At("res_%d", level), h, condition, Keep)
	}
	h = layers.MeanOverPositions(layers.Swish(h))
	return m.Output.of(layers.Linear(scope.At("energy_map"), h, 1))
}
