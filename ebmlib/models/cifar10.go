package models

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// CIFAR10 is the paper's network for CIFAR-10, of one scale or more. With F filters, at full resolution:
//
//	swish(conv1: 3 to F)
//	1a: F        1b: F, down
//	2a: F        2b: F, down, to 2F
//	self_attn on 2F, with Attention
//	3a: 2F       3b: 2F, down, to 4F
//	4a: 4F       4b: 4F, down, to 8F
//	swish; mean over positions; energy_map: 8F to 1
//
// Each coarser scale has a network of its own without the last stage of the one before it (but never less than the first) and
// without attention: mid_ sees the image halved once and ends at 4F, small_ halved twice at 2F. Parameter names are the reference's.
type CIFAR10 struct {
	Filters   int  // F; the paper's is 64
	Scales    int  // the paper's is 3
	Attention bool // the paper's has it
	Variant
}

// Energy maps images [batch, 3, 32, 32] (or of any size and channels) to energies [batch, Scales], the coarsest first.
// condition is [batch, conditions], one-hot labels say, or nil.
func (m CIFAR10) Energy(scope *model.Scope, x, condition *Node) *Node {
	checkScaled("models.CIFAR10", m.Filters, m.Scales, x, condition)
	stages := []Resolution{Keep, Down, Keep, DownWide, Keep, DownWide, Keep, DownWide}
	columns := make([]column, m.Scales)
	for i := range columns {
		columns[i] = column{Variant: m.Variant, stem: m.Filters, blocks: stages[:max(len(stages)-2*i, 2)]}
	}
	if m.Attention {
		columns[0].attend = 4
	}
	return scales(scope, x, condition, columns)
}
