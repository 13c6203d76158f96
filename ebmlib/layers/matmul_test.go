package layers

import (
	"testing"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers/layertest"
)

// Products of both kinds, of two matrices that each need a gradient.
func TestMatMulDerivatives(t *testing.T) {
	right := func(scope *model.Scope, x *Node, dims ...int) *Node {
		return scope.VariableWithShape("right", shapes.Make(x.DType(), dims...)).NodeValue(x)
	}
	for name, test := range map[string]struct {
		dims  []int
		layer layertest.Layer
	}{
		"matrices":         {[]int{3, 4}, func(scope *model.Scope, x *Node) *Node { return matMul(x, right(scope, x, 4, 2)) }},
		"matrices by pair": {[]int{2, 3, 4}, func(scope *model.Scope, x *Node) *Node { return matMul(x, right(scope, x, 2, 4, 2)) }},
	} {
		t.Run(name, func(t *testing.T) {
			layertest.FiniteDifferences(t, test.layer, 100, test.dims...)
			backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) { layertest.SameOn(t, engine, test.layer, test.dims...) })
		})
	}
}
