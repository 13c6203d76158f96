package layers_test

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers"
)

func TestLinear(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		store := model.NewStore()
		for name, value := range map[string]*tensors.Tensor{
			"/weight": tensors.FromValue([][]float32{{1, 2}, {3, 4}, {5, 6}}),
			"/bias":   tensors.FromValue([]float32{100, 200, 300}),
		} {
			if _, err := store.CreateVariable(name, value); err != nil {
				t.Fatal(err)
			}
		}
		outputs := call(t, engine, store, func(scope *model.Scope, inputs []*Node) []*Node {
			return []*Node{layers.Linear(scope, inputs[0], 3)}
		}, [][]float32{{1, 10}, {-1, 0}})
		near(t, "y", tensors.MustCopyFlatData[float32](outputs[0]), []float32{121, 243, 365, 99, 197, 295}, 1e-4)
	})
}

func TestLinearRefusesImages(t *testing.T) {
	panics(t, func(g *Graph) {
		layers.Linear(model.NewStore().RootScope(), Zeros(g, shapes.Make(dtypes.Float32, 2, 1, 4, 4)), 1)
	}, "layers.Linear", "[2, 1, 4, 4]", "[batch, in]")
}
