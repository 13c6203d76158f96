package models

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/layers"
)

// ConvNet is a plain convolutional network small enough to train on a CPU: the image cut into patches, then for each entry of
// Filters a 3x3 convolution to that many channels and swish, the image halved by average pooling after all but the last, then
// a linear map of what is left.
type ConvNet struct {
	Patch   int // each block of Patch x Patch pixels becomes the channels of one position; 1 for none
	Filters []int
}

// Energy maps images [batch, channels, height, width] to energies [batch, 1]. It takes no condition.
func (m ConvNet) Energy(scope *model.Scope, x, condition *Node) *Node {
	if len(m.Filters) == 0 || m.Patch < 1 {
		Panicf("models.ConvNet: Patch is %d and Filters %v; give the size of a patch and the channels of each convolution, as in "+
			"ConvNet{Patch: 2, Filters: []int{32, 64, 64}}", m.Patch, m.Filters)
	}
	if condition != nil {
		Panicf("models.ConvNet takes no condition")
	}
	h := layers.Patches(x, m.Patch)
	for i, filters := range m.Filters {
		h = layers.Swish(layers.Conv(scope.At("conv%d", i+1), h, filters, 3))
		if i < len(m.Filters)-1 {
			h = layers.AveragePool(h, 3, 2, 1)
		}
	}
	return layers.Linear(scope.At("energy"), Reshape(h, h.Shape().Dim(0), -1), 1)
}
