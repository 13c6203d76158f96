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

// Channel (c, k, l) of a position is pixel (k, l) of its block in channel c.
func TestPatchesLayout(t *testing.T) {
	x := [][][][]float32{{
		{{1, 2, 3, 4}, {5, 6, 7, 8}},
		{{11, 12, 13, 14}, {15, 16, 17, 18}},
	}}
	want := []float32{1, 3, 2, 4, 5, 7, 6, 8, 11, 13, 12, 14, 15, 17, 16, 18}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, model.NewStore(), func(_ *model.Scope, inputs []*Node) []*Node {
			return []*Node{layers.Patches(inputs[0], 2), Neg(layers.Patches(inputs[0], 1))}
		}, x)
		if err := outputs[0].Shape().CheckDims(1, 8, 1, 2); err != nil {
			t.Fatal(err)
		}
		near(t, "patches of 2", tensors.MustCopyFlatData[float32](outputs[0]), want, 0)
		near(t, "patches of 1, negated", tensors.MustCopyFlatData[float32](outputs[1]),
			[]float32{-1, -2, -3, -4, -5, -6, -7, -8, -11, -12, -13, -14, -15, -16, -17, -18}, 0)
	})
}

func TestPatchesRefusesWhatDoesNotFit(t *testing.T) {
	panics(t, func(g *Graph) { layers.Patches(Zeros(g, shapes.Make(dtypes.Float32, 1, 1, 6, 5)), 2) },
		"layers.Patches", "6x5 pixels", "2x2")
}
