package losses_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/numpy"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// TestGoldenMNIST reproduces numbers of the paper's reference implementation for its MNIST network of 6 filters: energies,
// input gradient, a chain of 5 steps under recorded noise, every loss term, and every parameter's gradient.
func TestGoldenMNIST(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		golden, err := numpy.FromNpzFile("testdata/mnist_uncond.npz")
		if err != nil {
			t.Fatal(err)
		}
		store := model.NewStore()
		names := loadParameters(t, store, golden)
		chain := samplers.Langevin{StepSize: 100, Noise: 0.001, Max: 1}
		terms := losses.Improved()

		step := func(scope *model.Scope, inputs []*Node) []*Node {
			xPos, xInit, noise, reference := inputs[0], inputs[1], inputs[2], inputs[3]
			network := models.MNIST{Filters: 6}
			energy := func(x *Node) *Node { return network.Energy(scope, x, nil) }

			xPos = Identity(xPos)
			energyPos := energy(xPos)
			gradX := Gradient(ReduceAllSum(energyPos), xPos)[0]

			state := samplers.Init(xInit, nil)
			for i := range noise.Shape().Dim(0) {
				z := Squeeze(Slice(noise, AxisElem(i)), 0)
				state.X, _ = chain.Move(energy, state.Detach().X, z)
			}

			batch := losses.NewBatch(energy, xPos, state.X, reference, ScalarOne(xPos.Graph(), dtypes.Float32))
			total, values := losses.Total(terms, batch)
			outputs := append([]*Node{energyPos, gradX, state.X, total}, values...)
			for _, loss := range []*Node{total, values[2], values[3]} {
				outputs = append(outputs, Gradient(loss, nodes(store, names, loss.Graph())...)...)
			}
			return outputs
		}
		exec, err := model.NewExec(engine.Backend, store, step)
		if err != nil {
			t.Fatal(err)
		}
		outputs, err := exec.Call(golden["x_pos"], golden["x_init"], golden["langevin_noise"], golden["entropy_reference"])
		if err != nil {
			t.Fatal(err)
		}

		check := func(name string, got *tensors.Tensor, sign, tolerance, floor float64) {
			t.Helper()
			worst, largest := largestError(t, got, golden[name], sign)
			if allowed := math.Max(tolerance*largest, floor); !(worst <= allowed) {
				t.Errorf("%s: largest error %.2g, allowed %.2g", name, worst, allowed)
			}
		}
		check("energy_pos_each_scale", outputs[0], 1, 1e-4, 0)
		check("grad_x_pos", outputs[1], 1, 1e-3, 0)
		check("x_neg", outputs[2], 1, 1e-4, 0)
		check("x_neg_kl", outputs[2], 1, 1e-4, 0)
		check("loss_total", outputs[3], 1, 1e-4, 0)
		check("loss_cd", outputs[4], 1, 1e-4, 0)
		check("loss_l2", outputs[5], 1, 1e-4, 0)
		check("loss_kl_energy", outputs[6], 1, 1e-4, 0)
		check("loss_repel", outputs[7], -1, 1e-4, 0)
		gradients := outputs[8:]
		for i, prefix := range []string{"grad_total/", "grad_kl_energy/", "grad_kl_entropy/"} {
			// Some gradients are zero but for rounding: that of a bias which a norm then takes away, say. The golden file
			// has the rounding of its own arithmetic there, so these are compared on the scale of the whole gradient.
			var largest float64
			for _, name := range names {
				_, entry := largestError(t, golden[prefix+name], golden[prefix+name], 1)
				largest = math.Max(largest, entry)
			}
			for j, name := range names {
				check(prefix+name, gradients[i*len(names)+j], 1, 1e-3, 1e-6*largest)
			}
		}
	})
}

// loadParameters puts the golden parameters into the store, except those of the label maps, which the unconditional network
// doesn't have, and returns their names.
func loadParameters(t *testing.T, store *model.Store, golden map[string]*tensors.Tensor) []string {
	var names []string
	for key, value := range golden {
		name, isParameter := strings.CutPrefix(key, "param/")
		if !isParameter || strings.Contains(name, "latent_map") || strings.HasPrefix(name, "map_fc") {
			continue
		}
		if _, err := store.CreateVariable(variablePath(name), value); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if len(names) != 34 {
		t.Fatalf("the golden file has %d parameters of the network, not 34", len(names))
	}
	return names
}

func variablePath(name string) string { return "/" + strings.ReplaceAll(name, ".", "/") }

func nodes(store *model.Store, names []string, g *Graph) []*Node {
	var all []*Node
	for _, name := range names {
		all = append(all, store.GetVariable(variablePath(name)).NodeValue(g))
	}
	return all
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

// flat copies a tensor's values; the golden file has its scalars in float64.
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
