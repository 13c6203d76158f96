package layers_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers"
)

// The first half of the map's outputs are the gains, the second the biases: for labels 0 and 1 the columns of the weight.
func TestConditionScalesAndShiftsByTheLabel(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		store := model.NewStore()
		for name, value := range map[string]*tensors.Tensor{
			"/weight": tensors.FromValue([][]float32{{2, 3}, {4, 5}, {10, 20}, {30, 40}}),
			"/bias":   tensors.FromValue([]float32{0, 0, 0, 1}),
		} {
			if _, err := store.CreateVariable(name, value); err != nil {
				t.Fatal(err)
			}
		}
		x := [][][][]float32{{{{1, 2}}, {{3, 4}}}, {{{1, 2}}, {{3, 4}}}}
		outputs := call(t, engine, store, func(scope *model.Scope, inputs []*Node) []*Node {
			return []*Node{layers.Condition(scope, inputs[0], inputs[1])}
		}, x, [][]float32{{1, 0}, {0, 1}})
		near(t, "y", tensors.MustCopyFlatData[float32](outputs[0]), []float32{
			2*1 + 10, 2*2 + 10, 4*3 + 31, 4*4 + 31,
			3*1 + 20, 3*2 + 20, 5*3 + 41, 5*4 + 41}, 1e-5)
	})
}
