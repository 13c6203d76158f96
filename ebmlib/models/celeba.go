package models

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// CelebA is the paper's network for faces and for ImageNet at 128 or 64 pixels, of one scale or more. With F filters, at full
// resolution:
//
//	swish(conv1: 3 to F/2)
//	1a: F/2, down, to F   1b: F, down
//	2a: F, down           2b: F, down, to 2F
//	3a: 2F                3b: 2F, down, to 4F
//	self_attn on 4F, with Attention
//	4a: 4F                4b: 4F, down, to 8F
//	swish; mean over positions; energy_map: 8F to 1
//
// The coarser scales have networks of their own, without attention: they begin with F channels, 1a keeps them, and mid_ ends after
// stage 3, small_ after stage 2, a further one after stage 1. Norm and Weights act on the full resolution alone.
// Parameter names are the reference's.
type CelebA struct {
	Filters   int  // F, even; the paper's is 128
	Scales    int  // the paper's is 3
	Attention bool // the paper's has it
	Variant
}

// Energy maps images [batch, 3, 128, 128] (or of any size and channels) to energies [batch, Scales], the coarsest first.
// condition is [batch, conditions], one-hot labels say, or nil.
func (m CelebA) Energy(scope *model.Scope, x, condition *Node) *Node {
	checkScaled("models.CelebA", m.Filters, m.Scales, x, condition)
	if m.Filters%2 != 0 {
		Panicf("models.CelebA: Filters is %d; it must be even, as the first convolution has half of them", m.Filters)
	}
	full := column{Variant: m.Variant, stem: m.Filters / 2, blocks: []Resolution{DownWide, Down, Down, DownWide, Keep, DownWide, Keep, DownWide}}
	if m.Attention {
		full.attend = 6
	}
	columns := []column{full}
	coarse := m.Variant
	coarse.Norm, coarse.Weights = InstanceOrGroup, StandardizedWeights
	for i := 1; i < m.Scales; i++ {
		stages := []Resolution{Down, Down, Down, DownWide, Keep, DownWide}
		columns = append(columns, column{Variant: coarse, stem: m.Filters, blocks: stages[:max(8-2*i, 2)]})
	}
	return scales(scope, x, condition, columns)
}
