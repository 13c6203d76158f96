package models_test

import (
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers/layertest"
	"ebm/ebmlib/models"
)

// networks has each network, small, with the dimensions of a batch for it.
var networks = []struct {
	name    string
	network models.Model
	dims    []int
}{
	{"MLP", models.MLP{Hidden: []int{6, 5}}, []int{3, 2}},
	{"ConvNet", models.ConvNet{Side: 4, Filters: []int{3, 2}}, []int{3, 1, 8, 6}},
	{"ConvNet without patches", models.ConvNet{Side: 7, Filters: []int{2, 2, 2}}, []int{3, 2, 7, 5}},
	{"MNIST", models.MNIST{Filters: 2}, []int{3, 1, 8, 8}},
}

func layer(network models.Model) layertest.Layer {
	return func(scope *model.Scope, x *Node) *Node { return network.Energy(scope, x, nil) }
}

// Entries of each parameter are taken at random: 4 of each make some hundred and thirty for MNIST.
func TestDerivativesAreFiniteDifferences(t *testing.T) {
	for _, test := range networks {
		t.Run(test.name, func(t *testing.T) { layertest.FiniteDifferences(t, layer(test.network), 4, test.dims...) })
	}
}

func TestEnginesAgree(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, test := range networks[:3] { // MNIST's derivatives on each engine are held against the reference's in losses.
			t.Run(test.name, func(t *testing.T) { layertest.SameOn(t, engine, layer(test.network), test.dims...) })
		}
	})
}

// An energy is [batch, 1], and that of one row, with its slope, depends on no other row.
func TestRowsAreIndependent(t *testing.T) {
	const changed = 1
	for _, test := range networks {
		t.Run(test.name, func(t *testing.T) {
			engine := backendtest.Go(t)
			exec, err := model.NewExec(engine.Backend, model.NewStore(), func(scope *model.Scope, x *Node) []*Node {
				e := test.network.Energy(scope, x, nil)
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
				if err := outputs[0].Shape().CheckDims(batch, 1); err != nil {
					t.Fatal(err)
				}
				return tensors.MustCopyFlatData[float32](outputs[0]), tensors.MustCopyFlatData[float32](outputs[1])
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
