package models

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/layers"
)

// MNIST is the paper's network for MNIST: with F filters,
//
//	swish(conv1: 1 to F); res1: F to 2F; res2: 2F to 4F; res3: 4F to 8F; swish; mean over positions; energy_map: 8F to 1
//
// each residual block halving the image. A condition goes through map_fc1 to 256, swish, and map_fc2 to 256 before the blocks take it
// (the reference's blocks expect another width there, and its conditional form never ran). Parameter names are the reference's.
type MNIST struct {
	Filters int // F; the paper's is 64
	Variant
}

// Energy maps images [batch, 1, 28, 28] (or of any size and channels) to energies [batch, 1]. condition is [batch, conditions],
// one-hot labels say, or nil.
func (m MNIST) Energy(scope *model.Scope, x, condition *Node) *Node {
	if m.Filters < 1 {
		Panicf("models.MNIST: Filters is %d; the paper's is 64", m.Filters)
	}
	if condition != nil {
		condition = layers.Swish(layers.Linear(scope.At("map_fc1"), condition, 256))
		condition = layers.Linear(scope.At("map_fc2"), condition, 256)
	}
	h := layers.Swish(layers.Conv(scope.At("conv1"), x, m.Filters, 3))
	for _, name := range []string{"res1", "res2", "res3"} {
		h = m.ResidualBlock(scope.At("%s", name), h, condition, DownWide)
	}
	h = layers.MeanOverPositions(layers.Swish(h))
	return m.Output.of(layers.Linear(scope.At("energy_map"), h, 1))
}
