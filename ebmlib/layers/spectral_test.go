package layers_test

import (
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/mat"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers"
)

// After enough power iterations the layer is a convolution by the weight over its largest singular value.
func TestSpectralConvDividesByTheLargestSingularValue(t *testing.T) {
	const in, out = 2, 3
	random := rand.New(rand.NewPCG(1, 2))
	weight, image := normals(random, out*in*9), normals(random, in*4*4)
	wide := make([]float64, len(weight))
	for i, value := range weight {
		wide[i] = float64(value)
	}
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(out, in*9, wide), mat.SVDNone) {
		t.Fatal("no singular values")
	}
	sigma := float32(svd.Values(nil)[0])

	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		store, x := model.NewStore(), tensors.FromFlatDataAndDimensions(image, 1, in, 4, 4)
		if _, err := store.CreateVariable("/conv/weight_orig", tensors.FromFlatDataAndDimensions(weight, out, in, 3, 3)); err != nil {
			t.Fatal(err)
		}
		spectral := func(scope *model.Scope, inputs []*Node) []*Node {
			return []*Node{layers.SpectralConv(scope.At("conv"), inputs[0], out, 3)}
		}
		call(t, engine, store, spectral, x)
		for range 6 { // several calls with several iterations each: the vectors are kept between them
			call(t, engine, store, func(scope *model.Scope, inputs []*Node) []*Node {
				for range 10 {
					layers.PowerIteration(scope, inputs[0].Graph())
				}
				return []*Node{ScalarZero(inputs[0].Graph(), inputs[0].DType())}
			}, x)
		}
		got := call(t, engine, store, spectral, x)
		divided := make([]float32, len(weight))
		for i := range weight {
			divided[i] = weight[i] / sigma
		}
		want := call(t, engine, store, func(scope *model.Scope, inputs []*Node) []*Node {
			bias := scope.At("conv").GetVariable("bias").NodeValue(inputs[0])
			y := layers.Convolution(inputs[0], Const(inputs[0].Graph(), tensors.FromFlatDataAndDimensions(divided, out, in, 3, 3)))
			return []*Node{Add(y, Reshape(bias, 1, out, 1, 1))}
		}, x)
		near(t, "y", tensors.MustCopyFlatData[float32](got[0]), tensors.MustCopyFlatData[float32](want[0]), 1e-5)
		for _, name := range []string{"weight_u", "weight_v"} {
			variable := store.GetVariable("/conv/" + name)
			if variable.Trainable {
				t.Errorf("%s is trained", name)
			}
			var square float64
			for _, value := range tensors.MustCopyFlatData[float32](variable.MustValue()) {
				square += float64(value) * float64(value)
			}
			if math.Abs(square-1) > 1e-5 {
				t.Errorf("‖%s‖² = %g, want 1", name, square)
			}
		}
	})
}
