package layers_test

import (
	"math"
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

// plainConvolution is the sum in Convolution's comment, and that of its bias, in plain loops.
func plainConvolution(x []float32, batch, in, height, width int, weight, bias []float32, out, size int) []float32 {
	y := make([]float32, 0, batch*out*height*width)
	for b := range batch {
		for o := range out {
			for i := range height {
				for j := range width {
					sum := float64(bias[o])
					for c := range in {
						for k := range size {
							for l := range size {
								row, column := i+k-size/2, j+l-size/2
								if row < 0 || row >= height || column < 0 || column >= width {
									continue
								}
								sum += float64(weight[((o*in+c)*size+k)*size+l]) * float64(x[((b*in+c)*height+row)*width+column])
							}
						}
					}
					y = append(y, float32(sum))
				}
			}
		}
	}
	return y
}

func TestConvIsTheSum(t *testing.T) {
	const batch, in, width, out = 2, 3, 4, 2
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, dims := range [][2]int{{1, 5}, {3, 5}, {5, 5}, {3, 4}, {5, 3}} {
			size, height := dims[0], dims[1]
			random := rand.New(rand.NewPCG(1, uint64(size)))
			x := normals(random, batch*in*height*width)
			weight, bias := normals(random, out*in*size*size), normals(random, out)
			store := model.NewStore()
			for name, value := range map[string]*tensors.Tensor{
				"/weight": tensors.FromFlatDataAndDimensions(weight, out, in, size, size),
				"/bias":   tensors.FromFlatDataAndDimensions(bias, out),
			} {
				if _, err := store.CreateVariable(name, value); err != nil {
					t.Fatal(err)
				}
			}
			outputs := call(t, engine, store, func(scope *model.Scope, inputs []*Node) []*Node {
				return []*Node{layers.Conv(scope, inputs[0], out, size)}
			}, tensors.FromFlatDataAndDimensions(x, batch, in, height, width))
			want := plainConvolution(x, batch, in, height, width, weight, bias, out, size)
			near(t, "y", tensors.MustCopyFlatData[float32](outputs[0]), want, 1e-5)
		}
	})
}

// A convolution's parameters are drawn as PyTorch draws them, from U(-1/√fanIn, 1/√fanIn).
func TestConvParametersAtFirst(t *testing.T) {
	const in, out, size = 4, 64, 3
	store := model.NewStore()
	call(t, backendtest.Go(t), store, func(scope *model.Scope, inputs []*Node) []*Node {
		return []*Node{layers.Conv(scope.At("conv"), inputs[0], out, size)}
	}, tensors.FromShape(shapes.Make(dtypes.Float32, 1, in, 4, 4)))
	bound := 1 / math.Sqrt(in*size*size)
	for name, dims := range map[string][]int{"weight": {out, in, size, size}, "bias": {out}} {
		variable := store.GetVariable("/conv/" + name)
		if err := variable.Shape().CheckDims(dims...); err != nil {
			t.Error(name, err)
		}
		var most, square float64
		values := tensors.MustCopyFlatData[float32](variable.MustValue())
		for _, value := range values {
			most = max(most, math.Abs(float64(value)))
			square += float64(value) * float64(value) / float64(len(values))
		}
		if most > bound {
			t.Errorf("%s has %g, beyond its bound %g", name, most, bound)
		}
		// The square's mean is bound²/3, its standard deviation over n values bound² √(4/45n).
		if spread := bound * bound * math.Sqrt(4/(45*float64(len(values)))); math.Abs(square-bound*bound/3) > 4*spread {
			t.Errorf("%s: mean square %g, want %g ± %g", name, square, bound*bound/3, spread)
		}
	}
}

func TestStandardizeGivesMeanZeroAndDeviationOne(t *testing.T) {
	const out, count = 3, 2 * 3 * 3
	weight := normals(rand.New(rand.NewPCG(1, 2)), out*count)
	for i := range weight {
		weight[i] = 5 + 0.7*weight[i]
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, model.NewStore(), func(_ *model.Scope, inputs []*Node) []*Node {
			return []*Node{layers.Standardize(inputs[0])}
		}, tensors.FromFlatDataAndDimensions(weight, out, 2, 3, 3))
		standard := tensors.MustCopyFlatData[float32](outputs[0])
		for o := range out {
			mean, variance := moments(standard[o*count : (o+1)*count])
			near(t, "mean, unbiased deviation", []float64{mean, math.Sqrt(variance * count / (count - 1))}, []float64{0, 1}, 5e-5)
		}
	})
}

// A constant weight has nothing to standardise: the 1e-5 keeps it from dividing by 0.
func TestStandardizeOfAConstantIsZero(t *testing.T) {
	outputs := call(t, backendtest.Go(t), model.NewStore(), func(_ *model.Scope, inputs []*Node) []*Node {
		return []*Node{layers.Standardize(inputs[0])}
	}, [][][][]float32{{{{2, 2}, {2, 2}}}})
	near(t, "weight", tensors.MustCopyFlatData[float32](outputs[0]), []float32{0, 0, 0, 0}, 0)
}

func TestConvolutionRefusesWrongShapes(t *testing.T) {
	zeros := func(g *Graph, dims ...int) *Node { return Zeros(g, shapes.Make(dtypes.Float32, dims...)) }
	for name, dims := range map[string][2][]int{
		"channels differ": {{2, 3, 4, 4}, {5, 2, 3, 3}},
		"even size":       {{2, 3, 4, 4}, {5, 3, 2, 2}},
		"not square":      {{2, 3, 4, 4}, {5, 3, 3, 1}},
		"no batch":        {{3, 4, 4}, {5, 3, 3, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			panics(t, func(g *Graph) { layers.Convolution(zeros(g, dims[0]...), zeros(g, dims[1]...)) },
				"layers.Convolution", shapes.Make(dtypes.Float32, dims[0]...).String(), shapes.Make(dtypes.Float32, dims[1]...).String())
		})
	}
}

// moments gives mean and (biased) variance.
func moments(values []float32) (mean, variance float64) {
	for _, value := range values {
		mean += float64(value) / float64(len(values))
	}
	for _, value := range values {
		variance += (float64(value) - mean) * (float64(value) - mean) / float64(len(values))
	}
	return mean, variance
}
