package losses_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// The gradient of KLEnergy in every parameter is that of what it stands for: the outer energy evaluated with a copy of the
// parameters, which is constant to the gradient.
func TestKLEnergyIsTheDirectFormulation(t *testing.T) {
	network := models.MLP{Hidden: []int{6, 5}}
	start := [][]float32{{0.3, -1}, {1.2, 0.4}, {-0.7, 0.1}}
	noise := [][]float32{{1, -0.5}, {0.2, 0.9}, {-1.5, 0.3}}
	chain := samplers.Langevin{StepSize: 0.7, Noise: 0.3}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		store := model.NewStore()
		store.SetParam(model.ParamInitialSeed, int64(1))
		energyIn := func(scope *model.Scope) losses.Energy {
			return func(x *Node) *Node { return network.Energy(scope, x, nil) }
		}
		makeParameters(t, engine, store, network)

		exec, err := model.NewExec(engine.Backend, store, func(root *model.Scope, inputs []*Node) []*Node {
			g := inputs[0].Graph()
			energy, outer := energyIn(root.At("energy")), energyIn(root.At("copy"))
			state := samplers.Init(inputs[0], nil).Detach()
			samples, _ := chain.Move(energy, state.X, inputs[1])

			batch := losses.NewBatch(energy, samples, samples)
			built, direct := losses.KLEnergy(1).Loss(batch), ReduceAllMean(outer(samples))
			parameters := parameterNodes(root.At("energy"), g)
			outputs := append([]*Node{built, direct}, Gradient(built, parameters...)...)
			return append(outputs, Gradient(direct, parameters...)...)
		})
		if err != nil {
			t.Fatal(err)
		}
		outputs, err := exec.Call(start, noise)
		if err != nil {
			t.Fatal(err)
		}
		if built, direct := flat(t, outputs[0])[0], flat(t, outputs[1])[0]; math.Abs(built-direct) > 1e-6 {
			t.Errorf("value %g, want %g", built, direct)
		}
		gradients := outputs[2:]
		half := len(gradients) / 2
		var moved int
		for i := range half {
			worst, largest := largestError(t, gradients[i], gradients[half+i], 1)
			if !(worst <= 1e-4*largest+1e-7) {
				t.Errorf("gradient in parameter %d: off by %g of %g", i, worst, largest)
			}
			if largest > 1e-4 {
				moved++
			}
		}
		if moved < half-1 { // The last bias moves no sample.
			t.Errorf("only %d of %d parameters have a gradient", moved, half)
		}
	})
}

// makeParameters makes the network's parameters under /energy, and a copy of them under /copy.
func makeParameters(t *testing.T, engine *backends.Engine, store *model.Store, network models.Model) {
	t.Helper()
	exec, err := model.NewExec(engine.Backend, store, func(root *model.Scope, x *Node) *Node {
		return network.Energy(root.At("energy"), x, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.Call([][]float32{{0, 0}}); err != nil {
		t.Fatal(err)
	}
	for variable := range store.Scope("/energy").IterVariables() {
		value, err := variable.Value()
		if err != nil {
			t.Fatal(err)
		}
		values := tensors.MustCopyFlatData[float32](value)
		path := "/copy" + variable.Path()[len("/energy"):]
		if _, err := store.CreateVariable(path, tensors.FromFlatDataAndDimensions(values, variable.Shape().Dimensions...)); err != nil {
			t.Fatal(err)
		}
	}
}

func parameterNodes(scope *model.Scope, g *Graph) []*Node {
	var all []*Node
	for variable := range scope.IterVariables() {
		all = append(all, variable.NodeValue(g))
	}
	return all
}

// With E = w x² and samples v s, contrastive divergence has the gradient mean x² - mean (v s)² in w, and none in v, on which
// only the samples depend. Nor has the regulariser.
func TestNoGradientThroughTheSamples(t *testing.T) {
	data, s := [][]float32{{1}, {2}}, [][]float32{{1}, {3}}
	const w, v = 0.5, 2
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		exec, err := NewExec(engine.Backend, func(inputs []*Node) []*Node {
			data, s, w, v := inputs[0], inputs[1], inputs[2], inputs[3]
			energy := func(x *Node) *Node { return Mul(w, Square(x)) }
			batch := losses.NewBatch(energy, Mul(v, s), Mul(v, s))
			batch.EnergyData = energy(data)
			cd, l2 := losses.ContrastiveDivergence(1).Loss(batch), losses.EnergyL2(1).Loss(batch)
			outputs := append([]*Node{batch.Slope}, Gradient(cd, w, v)...)
			return append(outputs, Gradient(l2, w, v)...)
		})
		if err != nil {
			t.Fatal(err)
		}
		outputs, err := exec.Call(data, s, float32(w), float32(v))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range [][]float64{
			{2 * w * v * 1, 2 * w * v * 3}, // the slope of E at the samples
			{(1+4)/2.0 - (4+36)/2.0}, {0},  // cd, in w and in v
			{2 * w * ((1+16)/2.0 + (16+36*36)/2.0)}, {0}, // l2, likewise
		} {
			for j, got := range flat(t, outputs[i]) {
				if !(math.Abs(got-want[j]) <= 1e-3) {
					t.Errorf("output %d, entry %d: %g, want %g", i, j, got, want[j])
				}
			}
		}
	})
}

// largestError is the largest |sign got - want|, beside the largest |want|.
func largestError(t *testing.T, got, want *tensors.Tensor, sign float64) (worst, largest float64) {
	t.Helper()
	g, w := flat(t, got), flat(t, want)
	if len(g) != len(w) {
		t.Fatalf("shape %s, want %s", got.Shape(), want.Shape())
	}
	for i := range g {
		worst = math.Max(worst, math.Abs(sign*g[i]-w[i]))
		largest = math.Max(largest, math.Abs(w[i]))
	}
	return worst, largest
}

// flat copies a tensor's values.
func flat(t *testing.T, x *tensors.Tensor) []float64 {
	t.Helper()
	switch x.DType() {
	case dtypes.Float64:
		return tensors.MustCopyFlatData[float64](x)
	case dtypes.Float32:
		var values []float64
		for _, v := range tensors.MustCopyFlatData[float32](x) {
			values = append(values, float64(v))
		}
		return values
	}
	t.Fatalf("values of type %s", x.DType())
	return nil
}
