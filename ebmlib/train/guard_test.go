package train

import (
	"errors"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/data"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/samplers"
)

// ofWeight is a model of one weight, 1 at first: its energy is f of that and of the examples.
func ofWeight(f func(weight, x *Node) *Node) custom {
	return custom{func(scope *model.Scope, x *Node) *Node {
		energies := f(scope.VariableWithValue("weight", float32(1)).NodeValue(x.Graph()), x)
		return Reshape(ReduceSum(Reshape(energies, x.Shape().Dim(0), -1), 1), -1, 1)
	}}
}

// far are the eight Gaussians, many times as far apart.
func far(times float32) *data.Set {
	set := eightGaussians()
	for i := range set.Floats {
		set.Floats[i] *= times
	}
	return set
}

// Each diagnosis is made of a training that has what it names.
func TestDiagnoses(t *testing.T) {
	for _, test := range []struct {
		name  string
		set   *data.Set
		spoil func(c *Config)
		words []string // of the message
	}{
		{"not finite", far(1e30), func(c *Config) {
			c.Model = ofWeight(func(weight, x *Node) *Node { return Mul(weight, Square(x)) })
		}, []string{"energy_data is +Inf", "l2 is +Inf", "1 of 1 weights", "/energy/weight", "look at the data"}},
		{"not finite", eightGaussians(), func(c *Config) { // Chains that don't move are in the buffer already.
			c.Model = ofWeight(func(weight, x *Node) *Node { return Mul(weight, Square(x)) })
			c.Chain = samplers.MALA{StepSize: 1e6}
		}, []string{"kl_entropy is +Inf", "same as one of the buffer"}},
		{"energies ran away", far(1e6), func(c *Config) {}, []string{"mean energy_data is", "beyond ±10 (Guard.MaxEnergy)", "learning rate"}},
		{"energy difference ran away", eightGaussians(), func(c *Config) {
			c.Model = ofWeight(func(weight, x *Node) *Node { return Mul(weight, x) })
			c.Terms, c.Adam.LearningRate = []losses.Term{losses.ContrastiveDivergence(1)}, 0.5
		}, []string{"mean of the last 5 steps", "beyond ±5 (Guard.MaxDifference)", "KL terms"}},
		{"gradient explosion", eightGaussians(), func(c *Config) {
			c.Model = ofWeight(func(weight, x *Node) *Node { return Mul(Exp(weight), Square(x)) })
			c.Terms, c.Adam.LearningRate = []losses.Term{losses.ContrastiveDivergence(1)}, 1 // Chains of noise that hardly move are farther out than the data.
			c.Guard.MaxDifference, c.Guard.MinMove, c.Guard.Window = 1e30, 0, 3
			langevin(c, func(l *samplers.Langevin) { l.StepSize, l.Noise = 1e-9, 0 })
		}, []string{"(Guard.MaxGradient)", "12 before", "largest part is that of /energy/weight", "spectral norm"}},
		{"step size out of proportion", eightGaussians(), func(c *Config) {
			langevin(c, func(l *samplers.Langevin) { l.StepSize = 1e3 })
			c.Guard.MaxDifference = 1e30
		}, []string{"moves a sample by", "11.31 across", "more than 0.5 of it (Guard.MaxMove)", "smaller step size"}},
		{"dead chains", eightGaussians(), func(c *Config) {
			c.Model = ofWeight(func(weight, x *Node) *Node { return Mul(weight, OnesLike(x)) })
		}, []string{"‖∂E/∂x‖ is 0", "(Guard.MinMove)", "flat"}},
		{"dead chains", eightGaussians(), func(c *Config) {
			c.Model = ofWeight(func(weight, x *Node) *Node { return Mul(weight, Square(x)) })
			c.Chain, c.Terms = samplers.MALA{StepSize: 1e6}, []losses.Term{losses.ContrastiveDivergence(1)}
		}, []string{"0 of the steps are accepted", "(Guard.MinMove)", "smaller for MALA"}},
		{"dead chains", pictures(), func(c *Config) {
			c.Model = ofWeight(func(weight, x *Node) *Node { return Mul(Square(weight), x) })
			c.Chain, c.Start = samplers.Langevin{StepSize: 10, Noise: 0.01, Max: 1}, Range{0, 1}
			c.Adam.LearningRate, c.Guard.MaxDifference = 1e-6, 1e30
		}, []string{"of the samples' pixels are neither black nor white", "(Guard.MinInside)", "saturated"}},
		{"collapsed buffer", eightGaussians(), func(c *Config) {
			c.Model = ofWeight(func(weight, x *Node) *Node { return MulScalar(Mul(weight, Square(AddScalar(x, -1))), 100) })
			c.Chain, c.Terms = samplers.Langevin{StepSize: 0.005, Noise: 0.001}, []losses.Term{losses.ContrastiveDivergence(1)}
			c.Adam.LearningRate, c.Guard.MaxDifference = 1e-6, 1e30
		}, []string{"to the nearest of its batch", "among the data", "(Guard.MinSpread)", "entropy term"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			config, dir := tinyPoints(), t.TempDir()
			config.Guard.Window = 5
			if test.name != "energies ran away" {
				config.Guard.MaxEnergy = 1e30
			}
			test.spoil(&config)
			err := mustOpen(t, dir, config).Train(test.set, 60)
			var diverged *Diverged
			if !errors.As(err, &diverged) {
				t.Fatalf("error %v, want a Diverged", err)
			}
			if diverged.Name != test.name {
				t.Errorf("the diagnosis is %q, want %q", diverged.Name, test.name)
			}
			requireError(t, err, append(test.words, dir, test.name, diverged.Evidence, diverged.Advice)...)
			t.Log(err)
		})
	}
}

// A training that is well has no diagnosis, however strict the window.
func TestNoDiagnosis(t *testing.T) {
	for name, config := range map[string]Config{"points": tinyPoints(), "pictures": tinyImages()} {
		config.Guard.Window = 3
		config.Adam.LearningRate = 1e-4
		set := eightGaussians()
		if name == "pictures" {
			set = pictures()
		}
		trained(t, t.TempDir(), config, set, 60)
	}
}

func TestGuardIsChecked(t *testing.T) {
	for word, spoil := range map[string]func(g *Guard){
		"Guard.MaxEnergy is 0":      func(g *Guard) { g.MaxEnergy = 0 },
		"Guard.MaxDifference is -1": func(g *Guard) { g.MaxDifference = -1 },
		"Guard.MinSpread is 1":      func(g *Guard) { g.MinSpread = 1 },
		"Guard.Window is 0":         func(g *Guard) { g.Window = 0 },
		"Guard.GoBack is -1":        func(g *Guard) { g.GoBack = -1 },
		"Guard.Slower is 2":         func(g *Guard) { g.GoBack, g.Slower = 1, 2 },
	} {
		config := tinyPoints()
		spoil(&config.Guard)
		_, err := Open(t.TempDir(), config)
		requireError(t, err, word)
	}
}
