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

// The centres of 4 pixels lie at -1/4, 1/4, 3/4 and 5/4 among those of 2, and of 2 at 1 and 4 among those of 6.
func TestResize(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, test := range []struct {
			x    [][][][]float32
			side int
			want []float32
		}{
			{[][][][]float32{{{{0, 8}, {16, 40}}}}, 4, []float32{
				0, 2, 6, 8,
				4, 7, 13, 16,
				12, 17, 27, 32,
				16, 22, 34, 40}},
			{[][][][]float32{{{{9, 1, 9, 9, 5, 9}}}, {{{0, 3, 0, 0, 4, 0}}}}, 2, []float32{1, 5, 1, 5, 3, 4, 3, 4}},
			{[][][][]float32{{{{1, 2}, {3, 4}}}}, 2, []float32{1, 2, 3, 4}},
		} {
			y := call(t, engine, model.NewStore(), func(_ *model.Scope, inputs []*Node) []*Node {
				return []*Node{layers.Resize(inputs[0], test.side)}
			}, test.x)[0]
			if err := y.Shape().CheckDims(len(test.x), 1, test.side, test.side); err != nil {
				t.Fatal(err)
			}
			near(t, "y", tensors.MustCopyFlatData[float32](y), test.want, 1e-5)
		}
	})
}

func TestResizeRefusesWrongShapes(t *testing.T) {
	panics(t, func(g *Graph) { layers.Resize(Zeros(g, shapes.Make(dtypes.Float32, 2, 4, 4)), 3) },
		"layers.Resize", "[2, 4, 4]", "[batch, channels, height, width]")
	panics(t, func(g *Graph) { layers.Resize(Zeros(g, shapes.Make(dtypes.Float32, 1, 1, 4, 4)), 0) }, "layers.Resize", "0", "at least 1")
}
