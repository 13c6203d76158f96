package models_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/layers/layertest"
	"ebm/ebmlib/models"
)

// networks has each network, small, with the dimensions of a batch for it, how many energies it gives, and the width of the
// condition it is given, 0 for none.
var networks = []struct {
	name       string
	network    models.Model
	dims       []int
	scales     int
	conditions int
}{
	{"MLP", models.MLP{Hidden: []int{6, 5}}, []int{3, 2}, 1, 0},
	{"MLP with a condition", models.MLP{Hidden: []int{6, 5}}, []int{3, 2}, 1, 2},
	{"ConvNet with a condition", models.ConvNet{Side: 4, Filters: []int{3, 2}}, []int{3, 1, 8, 6}, 1, 2},
	{"ConvNet", models.ConvNet{Side: 4, Filters: []int{3, 2}}, []int{3, 1, 8, 6}, 1, 0},
	{"ConvNet without patches", models.ConvNet{Side: 7, Filters: []int{2, 2, 2}}, []int{3, 2, 7, 5}, 1, 0},
	{"Ensemble", models.Ensemble{Members: 2, Member: models.MLP{Hidden: []int{4}}}, []int{3, 2}, 1, 0},
	{"MultiScale with a condition", models.MultiScale{Scales: 3, Network: models.ConvNet{Side: 8, Filters: []int{2, 2}}}, []int{2, 3, 8, 8}, 3, 2},
	{"Levels", models.Levels{Filters: 3, Levels: 2}, []int{3, 2, 5, 4}, 1, 0},
	{"MNIST", models.MNIST{Filters: 2}, []int{3, 1, 8, 8}, 1, 0},
	{"MNIST with a condition", models.MNIST{Filters: 2}, []int{2, 1, 4, 4}, 1, 3},
	{"CIFAR10 of three scales with a condition", models.CIFAR10{Filters: 4, Scales: 3, Attention: true}, []int{2, 3, 8, 8}, 3, 2},
	{"CIFAR10 by spectral norm alone, squared", models.CIFAR10{Filters: 2, Scales: 1, Variant: models.Variant{Norm: models.NoNorm,
		Weights: models.SpectralWeights, Output: models.SquaredEnergy}}, []int{2, 3, 8, 8}, 1, 0},
	{"CIFAR10 with plain weights and no norm", models.CIFAR10{Filters: 2, Scales: 1, Variant: models.Variant{Norm: models.NoNorm,
		Weights: models.PlainWeights}}, []int{2, 3, 8, 8}, 1, 0},
	{"CIFAR10 of five scales, sigmoid", models.CIFAR10{Filters: 2, Scales: 5, Variant: models.Variant{Output: models.SigmoidEnergy}},
		[]int{2, 3, 8, 8}, 5, 0},
	{"CIFAR10, anti-aliased", models.CIFAR10{Filters: 2, Scales: 1, Variant: models.Variant{AntiAliased: true}}, []int{2, 1, 16, 16}, 1, 0},
	{"CelebA of two scales, layer norm", models.CelebA{Filters: 4, Scales: 2, Attention: true, Variant: models.Variant{Norm: models.LayerNorm}},
		[]int{2, 3, 16, 16}, 2, 0},
}

// layer is the energy under a condition that differs from row to row.
func layer(network models.Model, conditions int) layertest.Layer {
	return func(scope *model.Scope, x *Node) *Node {
		if conditions == 0 {
			return network.Energy(scope, x, nil)
		}
		condition := MulScalar(Iota(x.Graph(), shapes.Make(x.DType(), x.Shape().Dim(0), conditions), 1), 0.5)
		return network.Energy(scope, x, Add(condition, Iota(x.Graph(), condition.Shape(), 0)))
	}
}

func TestDerivativesAreFiniteDifferences(t *testing.T) {
	for _, test := range networks {
		t.Run(test.name, func(t *testing.T) {
			layertest.FiniteDifferences(t, layer(test.network, test.conditions), 1, test.dims...)
		})
	}
}

func TestEnginesAgree(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, test := range networks[:8] { // The reference's networks are held against its numbers on each engine in package golden.
			t.Run(test.name, func(t *testing.T) { layertest.SameOn(t, engine, layer(test.network, test.conditions), test.dims...) })
		}
	})
}

// An energy is [batch, scales], and that of one row, with its slope, depends on no other row.
func TestRowsAreIndependent(t *testing.T) {
	const changed = 1
	for _, test := range networks {
		t.Run(test.name, func(t *testing.T) {
			engine := backendtest.Go(t)
			store := model.NewStore()
			store.SetParam(model.ParamInitialSeed, int64(1))
			exec, err := model.NewExec(engine.Backend, store, func(scope *model.Scope, x *Node) []*Node {
				e := layer(test.network, test.conditions)(scope, x)
				return []*Node{e, Gradient(ReduceAllSum(e), x)[0]}
			})
			if err != nil {
				t.Fatal(err)
			}
			batch, size := test.dims[0], 1
			for _, dim := range test.dims[1:] {
				size *= dim
			}
			random := rand.New(rand.NewPCG(1, 2))
			x := make([]float32, batch*size)
			for i := range x {
				x[i] = float32(random.NormFloat64())
			}
			evaluate := func() (energies, slopes []float32) {
				outputs, err := exec.Call(tensors.FromFlatDataAndDimensions(x, test.dims...))
				if err != nil {
					t.Fatal(err)
				}
				if err := outputs[0].Shape().CheckDims(batch, test.scales); err != nil {
					t.Fatal(err)
				}
				slopes = tensors.MustCopyFlatData[float32](outputs[1])
				for row := range batch {
					var sum float32
					for _, e := range tensors.MustCopyFlatData[float32](outputs[0])[row*test.scales : (row+1)*test.scales] {
						sum += e
					}
					energies = append(energies, sum)
				}
				return energies, slopes
			}

			energies, slopes := evaluate()
			for i := range size {
				x[changed*size+i] += 1
			}
			newEnergies, newSlopes := evaluate()
			for row := range batch {
				if same := energies[row] == newEnergies[row]; same != (row != changed) {
					t.Errorf("row %d changed; the energy of row %d went from %g to %g", changed, row, energies[row], newEnergies[row])
				}
				var moved float64
				for i := row * size; i < (row+1)*size; i++ {
					moved = max(moved, math.Abs(float64(slopes[i]-newSlopes[i])))
				}
				if same := moved == 0; same != (row != changed) {
					t.Errorf("row %d changed; the slope of row %d moved by %g", changed, row, moved)
				}
			}
		})
	}
}

// A scale's energy is that of its network, by weights of its own, of the image halved as often as its place says, the coarsest first.
func TestMultiScaleHalvesTheImageForEachScale(t *testing.T) {
	network := models.ConvNet{Side: 8, Filters: []int{2, 2}}
	engine := backendtest.Go(t)
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	exec, err := model.NewExec(engine.Backend, store, func(scope *model.Scope, x *Node) []*Node {
		energies := models.MultiScale{Scales: 3, Network: network}.Energy(scope.At("network"), x, nil)
		half := layers.AveragePool(x, 3, 2, 1)
		one := func(scale int, x *Node) *Node {
			return network.Energy(scope.At("network").At("scale%d", scale), x, nil)
		}
		return []*Node{energies, one(3, layers.AveragePool(half, 3, 2, 1)), one(2, half), one(1, x)}
	})
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float32, 2*3*8*8)
	for i := range x {
		x[i] = float32(i%7) / 7
	}
	outputs, err := exec.Call(tensors.FromFlatDataAndDimensions(x, 2, 3, 8, 8))
	if err != nil {
		t.Fatal(err)
	}
	energies := tensors.MustCopyFlatData[float32](outputs[0])
	for column, output := range outputs[1:] {
		for row, want := range tensors.MustCopyFlatData[float32](output) {
			if got := energies[row*3+column]; got != want {
				t.Errorf("column %d of row %d is %g, and the network's energy of its image %g", column, row, got, want)
			}
		}
	}
}
