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
// each residual block halving the image. Parameter names are the reference's.
type MNIST struct {
	Filters int // F; the reference's is 64
}

// Energy maps images [batch, 1, 28, 28] (or of any size and channels) to energies [batch, 1]. It takes no condition.
func (m MNIST) Energy(scope *model.Scope, x, condition *Node) *Node {
	if m.Filters < 1 {
		Panicf("models.MNIST: Filters is %d; the reference's is 64", m.Filters)
	}
	if condition != nil {
		Panicf("models.MNIST takes no condition")
	}
	h := layers.Swish(layers.Conv(scope.At("conv1"), x, m.Filters, 3))
	for _, block := range []string{"res1", "res2", "res3"} {
		h = residualBlockDown(scope.At("%s", block), h)
	}
	h = layers.MeanOverPositions(layers.Swish(h))
	return layers.Linear(scope.At("energy_map"), h, 1)
}

// residualBlockDown is the reference's residual block that halves the image and doubles the filters, for x [batch, f, height, width]:
//
//	h = swish(bn1(conv1(x)));  h = swish(bn2(conv2(h)));  y = swish(pool(conv_downsample(h + x)))
//
// conv1 and conv2 keep f filters and standardise their weights, conv_downsample goes to 2f and does not.
func residualBlockDown(scope *model.Scope, x *Node) *Node {
	filters := x.Shape().Dim(1)
	h := layers.StandardizedConv(scope.At("conv1"), x, filters, 3)
	h = layers.Swish(layers.ReferenceNorm(scope.At("bn1"), h))
	h = layers.StandardizedConv(scope.At("conv2"), h, filters, 3)
	h = layers.Swish(layers.ReferenceNorm(scope.At("bn2"), h))
	y := layers.Conv(scope.At("conv_downsample"), Add(h, x), 2*filters, 3)
	return layers.Swish(layers.AveragePool(y, 3, 2, 1))
}
