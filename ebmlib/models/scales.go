package models

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/layers"
)

// blockNames are those of the reference, two blocks a stage.
var blockNames = []string{"1a", "1b", "2a", "2b", "3a", "3b", "4a", "4b"}

// column is the network of one scale: stem(conv1), residual blocks, and a linear map of the mean over positions,
//
//	swish(conv1 to stem channels); blocks; swish; mean; energy_map to 1
//
// with self-attention before the block numbered attend, if that is above 0.
type column struct {
	Variant
	stem   int
	blocks []Resolution
	attend int
}

// energy maps images to [batch, 1], its parameters' names beginning with prefix.
func (c column) energy(scope *model.Scope, prefix string, x, condition *Node) *Node {
	h := layers.Swish(layers.Conv(scope.At("%sconv1", prefix), x, c.stem, 3))
	for i, resolution := range c.blocks {
		if c.attend > 0 && i == c.attend {
			h = layers.SelfAttention(scope.At("%sself_attn", prefix), h)
		}
		h = c.ResidualBlock(scope.At("%sres_%s", prefix, blockNames[i]), h, condition, resolution)
	}
	h = layers.MeanOverPositions(layers.Swish(h))
	return c.Output.of(layers.Linear(scope.At("%senergy_map", prefix), h, 1))
}

// scales puts the networks of several scales, from the full resolution down, side by side: each sees the image halved once more
// than the one before it, and has parameters of its own. The result is [batch, scales], from the coarsest to the finest, as the
// reference has it; the energy is their sum.
func scales(scope *model.Scope, x, condition *Node, columns []column) *Node {
	energies := make([]*Node, len(columns))
	for i, c := range columns {
		if i > 0 {
			x = layers.AveragePool(x, 3, 2, 1)
		}
		energies[len(columns)-1-i] = c.energy(scope, scalePrefix(i), x, condition)
	}
	return sideBySide(energies)
}

// sideBySide makes energies [batch, 1] the columns of [batch, scales], as a sum of each by its unit vector: a concatenation's second derivative is
// one that ONNX Runtime has no operation for here.
func sideBySide(energies []*Node) *Node {
	var sum *Node
	for i, e := range energies {
		unit := make([]float32, len(energies))
		unit[i] = 1
		column := Mul(e, ConvertDType(Const(e.Graph(), [][]float32{unit}), e.DType()))
		if sum == nil {
			sum = column
		} else {
			sum = Add(sum, column)
		}
	}
	return sum
}

// scalePrefix begins the names of the parameters of the scale that sees the image halved that many times.
func scalePrefix(halved int) string {
	if names := []string{"", "mid_", "small_"}; halved < len(names) {
		return names[halved]
	}
	return fmt.Sprintf("scale%d_", halved+1)
}

// checkScaled panics with a message if a multi-scale network can't be.
func checkScaled(name string, filters, scales int, x, condition *Node) {
	if filters < 1 {
		Panicf("%s: Filters is %d; the paper's is 64 for CIFAR-10, 128 for CelebA", name, filters)
	}
	if scales < 1 {
		Panicf("%s: Scales is %d; the paper's is 3", name, scales)
	}
	if x.Rank() != 4 {
		Panicf("%s: x %s must be [batch, channels, height, width]", name, x.Shape())
	}
	if condition != nil && (condition.Rank() != 2 || condition.Shape().Dim(0) != x.Shape().Dim(0)) {
		Panicf("%s: condition %s must be [batch, conditions] for x %s", name, condition.Shape(), x.Shape())
	}
}
