package models

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/layers"
)

// Resolution says what a residual block does to the image.
type Resolution int

const (
	Keep     Resolution = iota // its size and its filters stay
	Down                       // it is halved
	DownWide                   // it is halved and its filters doubled
)

// ResidualBlock is the reference's residual block for x [batch, f, height, width]:
//
//	h = swish(cond(norm(conv1(x))));  h = swish(cond(norm(conv2(h))));  y = h + x
//	down:  y = swish(pool(conv_downsample(y)))
//
// conv1 and conv2 keep f filters and have the variant's weights, conv_downsample goes to f or, wide, to 2f, with plain ones. cond is a gain and a bias for each channel by the condition, absent without one.
func (v Variant) ResidualBlock(scope *model.Scope, x, condition *Node, resolution Resolution) *Node {
	filters := x.Shape().Dim(1)
	half := func(x *Node, conv, norm, latentMap string) *Node {
		h := v.norm(scope.At("%s", norm), v.conv(scope.At("%s", conv), x, filters))
		if condition != nil {
			h = layers.Condition(scope.At("%s", latentMap), h, condition)
		}
		return layers.Swish(h)
	}
	h := half(x, "conv1", "bn1", "latent_map")
	y := Add(half(h, "conv2", "bn2", "latent_map_2"), x)
	if resolution == Keep {
		return y
	}
	if resolution == DownWide {
		filters *= 2
	}
	return layers.Swish(v.pool(layers.Conv(scope.At("conv_downsample"), y, filters, 3)))
}

func (v Variant) conv(scope *model.Scope, x *Node, filters int) *Node {
	switch v.Weights {
	case StandardizedWeights:
		return layers.StandardizedConv(scope, x, filters, 3)
	case SpectralWeights:
		return layers.SpectralConv(scope, x, filters, 3)
	case PlainWeights:
		return layers.Conv(scope, x, filters, 3)
	}
	Panicf("models: there are no weights %v", v.Weights)
	return nil
}

func (v Variant) norm(scope *model.Scope, x *Node) *Node {
	switch v.Norm {
	case InstanceOrGroup:
		return layers.ReferenceNorm(scope, x)
	case LayerNorm:
		return layers.GroupNorm(scope, x, 1)
	case NoNorm:
		return x
	}
	Panicf("models: there is no norm %v", v.Norm)
	return nil
}

func (v Variant) pool(x *Node) *Node {
	if v.AntiAliased {
		return layers.BlurPool(x)
	}
	return layers.AveragePool(x, 3, 2, 1)
}
