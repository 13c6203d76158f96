package models

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/layers"
)

// MLP is a multilayer perceptron with swish between its layers, an energy for points.
type MLP struct {
	Hidden []int // widths of the hidden layers
}

// Energy maps points [batch, dims] to energies [batch, 1]. condition is [batch, conditions], one-hot labels say, or nil; each
// layer adds a linear map of it before swish.
func (m MLP) Energy(scope *model.Scope, x, condition *Node) *Node {
	if len(m.Hidden) == 0 {
		Panicf("models.MLP: Hidden is empty; give the width of each hidden layer, as in MLP{Hidden: []int{128, 128}}")
	}
	h := x
	for i, width := range m.Hidden {
		h = layers.Linear(scope.At("hidden%d", i+1), h, width)
		if condition != nil {
			h = Add(h, layers.Linear(scope.At("condition%d", i+1), condition, width))
		}
		h = layers.Swish(h)
	}
	return layers.Linear(scope.At("energy"), h, 1)
}
