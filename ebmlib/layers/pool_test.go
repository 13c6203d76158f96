package layers_test

import (
	"math/rand/v2"
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

func averagePool(t *testing.T, engine *backends.Engine, x any, size, stride, padding int) *tensors.Tensor {
	t.Helper()
	return call(t, engine, model.NewStore(), func(_ *model.Scope, inputs []*Node) []*Node {
		return []*Node{layers.AveragePool(inputs[0], size, stride, padding)}
	}, x)[0]
}

// Of ones, a corner window of 3x3 with padding 1 has 4 of 9 positions in the image, one at an edge 6.
func TestAveragePoolCountsItsPadding(t *testing.T) {
	ones := [][][][]float32{{{{1, 1, 1, 1}, {1, 1, 1, 1}, {1, 1, 1, 1}}}}
	y := averagePool(t, backendtest.Go(t), ones, 3, 2, 1)
	if err := y.Shape().CheckDims(1, 1, 2, 2); err != nil {
		t.Fatal(err)
	}
	near(t, "y", tensors.MustCopyFlatData[float32](y), []float32{4. / 9, 6. / 9, 4. / 9, 6. / 9}, 1e-6)
}

func TestAveragePoolIsTheMeanOfWindows(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, test := range []struct{ height, width, size, stride, padding int }{
			{5, 7, 3, 2, 1}, {6, 4, 3, 2, 1}, {6, 4, 2, 2, 0}, {5, 5, 2, 2, 0}, {4, 4, 1, 1, 0}, {7, 6, 4, 3, 2}, {15, 16, 3, 2, 1},
		} {
			const images = 2 * 3
			x := normals(rand.New(rand.NewPCG(1, 2)), images*test.height*test.width)
			outHeight := (test.height+2*test.padding-test.size)/test.stride + 1
			outWidth := (test.width+2*test.padding-test.size)/test.stride + 1
			var want []float32
			for image := range images {
				for i := range outHeight {
					for j := range outWidth {
						var sum float64
						for k := range test.size {
							for l := range test.size {
								row, column := i*test.stride-test.padding+k, j*test.stride-test.padding+l
								if row >= 0 && row < test.height && column >= 0 && column < test.width {
									sum += float64(x[(image*test.height+row)*test.width+column])
								}
							}
						}
						want = append(want, float32(sum/float64(test.size*test.size)))
					}
				}
			}
			y := averagePool(t, engine, tensors.FromFlatDataAndDimensions(x, 2, 3, test.height, test.width), test.size, test.stride, test.padding)
			if err := y.Shape().CheckDims(2, 3, outHeight, outWidth); err != nil {
				t.Fatal(err)
			}
			near(t, "y", tensors.MustCopyFlatData[float32](y), want, 1e-5)
		}
	})
}

func TestMeanOverPositions(t *testing.T) {
	outputs := call(t, backendtest.Go(t), model.NewStore(), func(_ *model.Scope, inputs []*Node) []*Node {
		return []*Node{layers.MeanOverPositions(inputs[0])}
	}, [][][][]float32{{{{1, 2, 6}}, {{4, 4, 1}}}})
	if err := outputs[0].Shape().CheckDims(1, 2); err != nil {
		t.Fatal(err)
	}
	near(t, "mean", tensors.MustCopyFlatData[float32](outputs[0]), []float32{3, 3}, 1e-6)
}

func TestAveragePoolRefusesWrongShapes(t *testing.T) {
	panics(t, func(g *Graph) { layers.AveragePool(Zeros(g, shapes.Make(dtypes.Float32, 2, 4, 4)), 3, 2, 1) },
		"layers.AveragePool", "[2, 4, 4]", "[batch, channels, height, width]")
	panics(t, func(g *Graph) { layers.AveragePool(Zeros(g, shapes.Make(dtypes.Float32, 2, 1, 4, 1)), 4, 2, 1) },
		"layers.AveragePool", "windows of 4", "images of 4x1")
}

// Along one axis [0 0 4 0 0] becomes, at every second position, [0 2 0] or so; at the edges the image is reflected.
func TestBlurPool(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, model.NewStore(), func(_ *model.Scope, inputs []*Node) []*Node {
			return []*Node{layers.BlurPool(inputs[0])}
		}, [][][][]float32{{{
			{16, 0, 32, 0},
			{48, 0, 0, 64},
			{0, 0, 0, 0},
		}}})
		// Rows 0 and 2 of the blurred image: row 0 is (row0 + row1)/2, row 2 is (row2 + row1)/2, each then blurred likewise in width.
		near(t, "y", tensors.MustCopyFlatData[float32](outputs[0]), []float32{
			(32 + 0) / 2, (0 + 2*16 + 32) / 4.0,
			(24 + 0) / 2, (0 + 0 + 32) / 4.0}, 1e-5)
	})
}

func TestBlurPoolRefusesWhatItCantReflect(t *testing.T) {
	panics(t, func(g *Graph) { layers.BlurPool(Zeros(g, shapes.Make(dtypes.Float32, 1, 1, 1, 4))) }, "layers.BlurPool", "[1, 1, 1, 4]", "at least 2")
}
