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

func TestGroupNormGivesMeanZeroAndVarianceOne(t *testing.T) {
	const batch, channels, positions = 2, 4, 3 * 5
	x := normals(rand.New(rand.NewPCG(1, 2)), batch*channels*positions)
	for i := range x {
		x[i] = -3 + 2*x[i]
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, groups := range []int{1, 2, channels} {
			outputs := call(t, engine, model.NewStore(), func(scope *model.Scope, inputs []*Node) []*Node {
				return []*Node{layers.GroupNorm(scope, inputs[0], groups)}
			}, tensors.FromFlatDataAndDimensions(x, batch, channels, 3, 5))
			y := tensors.MustCopyFlatData[float32](outputs[0])
			size := channels / groups * positions
			for g := range batch * groups {
				mean, variance := moments(y[g*size : (g+1)*size])
				near(t, "mean, variance", []float64{mean, variance}, []float64{0, 1}, 2e-5)
			}
		}
	})
}

// One group of x = -1, 1 has variance 1, so that y = weight x/√1.00001 + bias.
func TestGroupNormScalesAndShiftsEachChannel(t *testing.T) {
	store := model.NewStore()
	for name, value := range map[string][]float32{"/weight": {2, 3}, "/bias": {10, 20}} {
		if _, err := store.CreateVariable(name, tensors.FromValue(value)); err != nil {
			t.Fatal(err)
		}
	}
	outputs := call(t, backendtest.Go(t), store, func(scope *model.Scope, inputs []*Node) []*Node {
		return []*Node{layers.GroupNorm(scope, inputs[0], 2)}
	}, [][][][]float32{{{{-1, 1}}, {{1, -1}}}})
	near(t, "y", tensors.MustCopyFlatData[float32](outputs[0]), []float32{8, 12, 23, 17}, 5e-5)
}

// Up to 128 channels each channel is normalised by itself, above in 32 groups.
func TestReferenceNormChangesAt128Channels(t *testing.T) {
	for _, test := range []struct{ channels, groups int }{{128, 128}, {160, 32}} {
		x := tensors.FromFlatDataAndDimensions(normals(rand.New(rand.NewPCG(1, 2)), test.channels*4), 1, test.channels, 2, 2)
		outputs := call(t, backendtest.Go(t), model.NewStore(), func(scope *model.Scope, inputs []*Node) []*Node {
			return []*Node{
				layers.ReferenceNorm(scope.At("a"), inputs[0]),
				layers.GroupNorm(scope.At("b"), inputs[0], test.groups),
			}
		}, x)
		near(t, "y", tensors.MustCopyFlatData[float32](outputs[0]), tensors.MustCopyFlatData[float32](outputs[1]), 0)
	}
}

func TestGroupNormRefusesUnequalGroups(t *testing.T) {
	for groups, message := range map[int]string{3: "4 channels can't be split into 3", 0: "4 channels can't be split into 0"} {
		panics(t, func(g *Graph) {
			layers.GroupNorm(model.NewStore().RootScope(), Zeros(g, shapes.Make(dtypes.Float32, 1, 4, 2, 2)), groups)
		}, "layers.GroupNorm", message)
	}
}
