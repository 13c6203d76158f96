package bench

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// Counted by hand: 2 a multiplication with its addition.
func TestEnergyFLOPs(t *testing.T) {
	attention := func(attention bool) float64 {
		return count1(t, models.CIFAR10{Filters: 4, Scales: 1, Attention: attention}, 3, 16, 16)
	}
	// At 4x4 positions of 8 channels: query and key to 1 channel, value to 8; products of 16 positions with 16.
	if got, want := attention(true)-attention(false), 2.*16*8*(1+1+8)+2*16*16*(1+8); got != want {
		t.Errorf("self-attention: %g, want %g", got, want)
	}
	for name, c := range map[string]struct {
		got, want float64
	}{
		"MLP":     {count1(t, models.MLP{Hidden: []int{5, 7}}, 2), 2 * (2*5 + 5*7 + 7)},
		"ConvNet": {count1(t, models.ConvNet{Side: 4, Filters: []int{3, 2}}, 1, 8, 8), 2 * (9*4*3*16 + 9*3*2*4 + 2*4)},
		// A convolution at 32x32 positions, two at 32x32, 16x16 and 8x8, and the map: pooling doesn't count.
		"work A": {count1(t, models.Levels{Filters: 32, Levels: 3}, 3, 32, 32), 2 * (9*3*32*1024 + 2*9*32*32*(1024+256+64) + 32)},
	} {
		if c.got != c.want {
			t.Errorf("%s: %g, want %g", name, c.got, c.want)
		}
	}
}

func count1(t *testing.T, energy models.Model, example ...int) float64 {
	t.Helper()
	flops, err := EnergyFLOPs(energy, example)
	if err != nil {
		t.Fatal(err)
	}
	return flops
}

func TestEnergyFLOPsOfExamplesThatDoNotFit(t *testing.T) {
	_, err := EnergyFLOPs(models.MNIST{Filters: 2}, []int{2})
	requireError(t, err, "[batch, ")
}

func TestFLOPsOfAStep(t *testing.T) {
	work := tiny() // 3 steps, batch 8
	one := count1(t, work.Config.Model, 2)
	for name, c := range map[string]struct {
		change func(w *Work)
		passes float64
	}{
		"training":               {func(*Work) {}, 2*3 + 6 + 5},
		"KL of half the batch":   {func(w *Work) { w.Config.KLSamples = 4 }, 2*3 + 6 + 5./2},
		"KL through two steps":   {func(w *Work) { w.Config.KLSteps = 2 }, 2*3 + 6 + 9},
		"contrastive divergence": {func(w *Work) { w.Config.Terms = []losses.Term{losses.ContrastiveDivergence(1)} }, 2*3 + 6},
		"sampling":               {func(w *Work) { w.Sampling = true }, 2 * 3},
	} {
		w := work
		c.change(&w)
		if got, err := w.FLOPs(); err != nil || got != c.passes*one*8 {
			t.Errorf("%s: %g (%v), want %g", name, got, err, c.passes*one*8)
		}
	}
	if work.Gradients() != 24 {
		t.Errorf("%d gradients", work.Gradients())
	}
}

// The formula is what the graph of a step has, but for the first and the last layer, which are small here: in x not every gradient is
// wanted, and that of a mean begins as a constant.
func TestFLOPsAreThoseOfTheGraph(t *testing.T) {
	const batch, steps = 8, 3
	network := models.MLP{Hidden: []int{100, 100, 100}}
	chain := samplers.Langevin{StepSize: 0.1, Noise: 0.1}
	g := NewGraph(unlowered{backendtest.Go(t).Backend}, "step")
	scope := model.NewStore().RootScope()
	input := func(name string) *Node { return Parameter(g, name, shapes.Make(dtypes.Float32, batch, 2)) }
	energy := func(x *Node) *Node { return network.Energy(scope, x, nil) }

	noise := input("noise")
	state := samplers.Init(input("start"), nil)
	for range steps - 1 {
		state.X, _ = chain.Move(layers.HoldParameters(energy), state.Detach().X, noise)
	}
	samples, _ := chain.Move(energy, state.Detach().X, noise)
	terms := losses.NewBatch(energy, samples, samples)
	terms.EnergyData = energy(input("data"))
	total, _ := losses.Total([]losses.Term{losses.ContrastiveDivergence(1), losses.EnergyL2(1), losses.KLEnergy(1)}, terms)
	var weights []*Node
	for variable := range scope.IterVariables() {
		weights = append(weights, variable.NodeValue(g))
	}
	counting := newCount()
	var got float64
	for _, gradient := range Gradient(total, weights...) {
		got += counting.below(gradient)
	}

	work := tiny()
	work.Config.Model, work.Config.Steps, work.Config.Batch = network, steps, batch
	want, err := work.FLOPs()
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got-want) > 0.01*want {
		t.Errorf("the graph has %g operations, and the formula gives %g", got, want)
	}
}
