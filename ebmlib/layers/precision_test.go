package layers_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers"
)

// In bfloat16 a network's energies, their gradients in x, and the gradient of those in the weights are float32's to about two digits, and
// they do differ.
func TestComputeInBFloat16(t *testing.T) {
	engine := backendtest.Open(t, "xla:cpu")
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	network := func(scope *model.Scope, x *Node) *Node {
		h := layers.Swish(layers.Conv(scope.At("stem"), x, 16, 3))
		h = layers.Swish(layers.GroupNorm(scope.At("norm"), layers.StandardizedConv(scope.At("conv"), h, 16, 3), 16))
		h = layers.SelfAttention(scope.At("attention"), layers.AveragePool(h, 3, 2, 1))
		return layers.Linear(scope.At("energy"), layers.MeanOverPositions(h), 1)
	}
	in := func(precision dtypes.DType) []*tensors.Tensor {
		return call(t, engine, store, func(scope *model.Scope, inputs []*Node) []*Node {
			g := inputs[0].Graph()
			layers.ComputeIn(g, precision)
			_, x := RandomUniform(inputs[0], shapes.Make(dtypes.Float32, 4, 3, 8, 8))
			x = Identity(x)
			energy := network(scope, x)
			slope := layers.InputGradient(energy, x)
			weight := scope.Store().GetVariable("/conv/weight").NodeValue(g)
			return []*Node{energy, slope, Gradient(ReduceAllSum(Square(slope)), weight)[0]}
		}, []uint64{1, 2, 3})
	}
	wide, narrow := in(dtypes.Float32), in(dtypes.BFloat16)
	for i, what := range []string{"energies", "their gradient in x", "the gradient of its square in a weight"} {
		want := tensors.MustCopyFlatData[float32](wide[i])
		var difference, size float64
		for j, value := range tensors.MustCopyFlatData[float32](narrow[i]) {
			difference += math.Pow(float64(value-want[j]), 2)
			size += math.Pow(float64(want[j]), 2)
		}
		if relative := math.Sqrt(difference / size); !(relative > 1e-5 && relative < 0.06) {
			t.Errorf("%s differ by %.2g of their size; in 8 bits of precision a few hundredths at most are expected", what, relative)
		}
	}
}

func TestComputeInRefusesEnginesWithout(t *testing.T) {
	panics(t, func(g *Graph) { layers.ComputeIn(g, dtypes.BFloat16) }, "BFloat16", "xla")
}
