package models

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/layers"
)

// ConvNet is a plain convolutional network small enough to train on a CPU: the image cut into patches, then for each entry of
// Filters a 3x3 convolution to that many channels and swish, the image halved by average pooling after all but the last, then
// a linear map of what is left. A condition adds to each channel, before swish, a linear map of itself.
type ConvNet struct {
	// Side bounds the first convolution's cost: the image is cut into the smallest patches that leave at most Side x Side
	// positions, each with a patch's pixels as its channels. With 16, images of 28x28 pixels are cut into patches of 2x2,
	// and those of 8x8 are not cut.
	Side    int
	Filters []int
}

// Energy maps images [batch, channels, height, width] to energies [batch, 1]. condition is [batch, conditions], one-hot labels
// say, or nil.
func (m ConvNet) Energy(scope *model.Scope, x, condition *Node) *Node {
	if len(m.Filters) == 0 || m.Side < 1 {
		Panicf("models.ConvNet: Side is %d and Filters %v; give the most positions along a side and the channels of each convolution, "+
			"as in ConvNet{Side: 16, Filters: []int{32, 64, 64}}", m.Side, m.Filters)
	}
	if x.Rank() != 4 {
		Panicf("models.ConvNet: x %s must be [batch, channels, height, width]", x.Shape())
	}
	longer := max(x.Shape().Dim(2), x.Shape().Dim(3))
	h := layers.Patches(x, (longer+m.Side-1)/m.Side)
	for i, filters := range m.Filters {
		h = layers.Conv(scope.At("conv%d", i+1), h, filters, 3)
		if condition != nil {
			shift := Reshape(layers.Linear(scope.At("condition%d", i+1), condition, filters), -1, filters, 1, 1)
			h = Add(h, ConvertDType(shift, h.DType()))
		}
		h = layers.Swish(h)
		if i < len(m.Filters)-1 {
			h = layers.AveragePool(h, 3, 2, 1)
		}
	}
	return layers.Linear(scope.At("energy"), Reshape(h, h.Shape().Dim(0), -1), 1)
}
