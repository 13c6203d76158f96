package layers_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/layers/layertest"
)

// differentiable has every layer, with the dimensions of an x to try it on.
var differentiable = []struct {
	name  string
	dims  []int
	layer layertest.Layer
}{
	{"Conv 1x1", []int{2, 2, 5, 4}, func(scope *model.Scope, x *Node) *Node { return layers.Conv(scope, x, 3, 1) }},
	{"Conv 3x3", []int{2, 2, 5, 4}, func(scope *model.Scope, x *Node) *Node { return layers.Conv(scope, x, 3, 3) }},
	{"Conv 3x3, 8 channels", []int{2, 8, 5, 4}, func(scope *model.Scope, x *Node) *Node { return layers.Conv(scope, x, 3, 3) }},
	{"StandardizedConv", []int{2, 2, 5, 4}, func(scope *model.Scope, x *Node) *Node { return layers.StandardizedConv(scope, x, 3, 3) }},
	{"GroupNorm, instance", []int{2, 4, 3, 2}, func(scope *model.Scope, x *Node) *Node { return layers.GroupNorm(scope, x, 4) }},
	{"GroupNorm, grouped", []int{2, 4, 3, 2}, func(scope *model.Scope, x *Node) *Node { return layers.GroupNorm(scope, x, 2) }},
	{"ReferenceNorm, 160 channels", []int{1, 160, 1, 2}, func(scope *model.Scope, x *Node) *Node { return layers.ReferenceNorm(scope, x) }},
	{"AveragePool 3 2 1, odd", []int{2, 2, 5, 3}, func(_ *model.Scope, x *Node) *Node { return layers.AveragePool(x, 3, 2, 1) }},
	{"AveragePool 3 2 1, even", []int{2, 2, 6, 4}, func(_ *model.Scope, x *Node) *Node { return layers.AveragePool(x, 3, 2, 1) }},
	{"AveragePool 3 2 1, large", []int{1, 1, 16, 13}, func(_ *model.Scope, x *Node) *Node { return layers.AveragePool(x, 3, 2, 1) }},
	{"AveragePool 2 2 0", []int{2, 2, 4, 6}, func(_ *model.Scope, x *Node) *Node { return layers.AveragePool(x, 2, 2, 0) }},
	{"Resize", []int{2, 2, 4, 7}, func(_ *model.Scope, x *Node) *Node { return layers.Resize(x, 5) }},
	{"BlurPool, odd", []int{2, 2, 5, 3}, func(_ *model.Scope, x *Node) *Node { return layers.BlurPool(x) }},
	{"BlurPool, even", []int{2, 2, 6, 4}, func(_ *model.Scope, x *Node) *Node { return layers.BlurPool(x) }},
	{"SpectralConv", []int{2, 2, 5, 4}, func(scope *model.Scope, x *Node) *Node { return layers.SpectralConv(scope, x, 3, 3) }},
	{"SelfAttention", []int{2, 8, 3, 2}, func(scope *model.Scope, x *Node) *Node { return layers.SelfAttention(scope, x) }},
	{"Condition", []int{2, 3, 2, 2}, func(scope *model.Scope, x *Node) *Node {
		condition := ConvertDType(Const(x.Graph(), [][]float32{{1, 0}, {0.5, -2}}), x.DType())
		return layers.Condition(scope, x, condition)
	}},
	{"Patches", []int{2, 2, 4, 6}, func(_ *model.Scope, x *Node) *Node { return layers.Patches(x, 2) }},
	{"Linear", []int{3, 4}, func(scope *model.Scope, x *Node) *Node { return layers.Linear(scope, x, 2) }},
	{"Swish", []int{3, 4}, func(_ *model.Scope, x *Node) *Node { return layers.Swish(x) }},
	{"MeanOverPositions", []int{2, 3, 4, 3}, func(_ *model.Scope, x *Node) *Node { return layers.MeanOverPositions(x) }},
	{"several in a row", []int{2, 1, 6, 5}, func(scope *model.Scope, x *Node) *Node {
		h := layers.Swish(layers.ReferenceNorm(scope.At("bn"), layers.StandardizedConv(scope.At("conv"), x, 2, 3)))
		h = layers.AveragePool(Add(h, x), 3, 2, 1)
		return layers.Linear(scope.At("out"), layers.MeanOverPositions(layers.Swish(layers.Conv(scope.At("down"), h, 3, 3))), 2)
	}},
}

func TestDerivativesAreFiniteDifferences(t *testing.T) {
	for _, test := range differentiable {
		t.Run(test.name, func(t *testing.T) { layertest.FiniteDifferences(t, test.layer, 3, test.dims...) })
	}
}

func TestEnginesAgree(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, test := range differentiable {
			t.Run(test.name, func(t *testing.T) { layertest.SameOn(t, engine, test.layer, test.dims...) })
		}
	})
}
