package train

import (
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/losses"
	"ebm/ebmlib/samplers"
)

// faulty is a chain that does something wrong.
type faulty struct {
	samplers.Langevin
	Fault string
}

func (f faulty) Step(energy samplers.Energy, s samplers.State) (samplers.State, samplers.Info) {
	next, info := f.Langevin.Step(energy, s)
	switch f.Fault {
	case "text":
		panic("no such fault")
	case "x":
		next.X = Concatenate([]*Node{next.X, next.X}, 1)
	case "random":
		next.Random = nil
	case "info":
		info = samplers.Info{}
	case "distance":
		info.Distance = ReduceAllMean(info.Distance)
	}
	return next, info
}

// requireBlame fails unless err says each of the words, and nothing of GoMLX's inside.
func requireBlame(t *testing.T, err error, words ...string) {
	t.Helper()
	requireError(t, err, words...)
	if strings.Contains(err.Error(), "graphFn") {
		t.Errorf("error %q tells of GoMLX's inside", err)
	}
}

func TestFaultsOfAChainNameIt(t *testing.T) {
	sound := trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 1)
	for fault, words := range map[string][]string{
		"text":     {"no such fault"},
		"x":        {"State.X of (Float32)[8, 4]", "must be (Float32)[8, 2]"},
		"random":   {"no State.Random"},
		"info":     {"no Info.GradientNorm", "must be (Float32)[8]"},
		"distance": {"Info.Distance of (Float32)", "must be (Float32)[8]"},
	} {
		t.Run(fault, func(t *testing.T) {
			config := tinyPoints()
			chain := faulty{config.Chain.(samplers.Langevin), fault}
			config.Chain = chain
			words = append(words, "chain train.faulty")
			requireBlame(t, mustOpen(t, t.TempDir(), config).Train(eightGaussians(), 1), words...)
			_, err := sound.SampleWith(Sampling{Count: 8, From: Noise, Rounds: 1, Steps: 1, Chain: chain})
			requireBlame(t, err, words...)
		})
	}
}

func TestFaultsOfATermNameIt(t *testing.T) {
	for name, test := range map[string]struct {
		loss  func(b losses.Batch) *Node
		words []string
	}{
		"text":        {func(losses.Batch) *Node { panic("no such term") }, []string{"no such term"}},
		"no velocity": {func(b losses.Batch) *Node { return ReduceAllMean(b.Velocity) }, []string{"nil"}},
		"a vector":    {func(b losses.Batch) *Node { return ReduceSum(b.Samples, 1) }, []string{"a scalar", "returned (Float32)[8]"}},
		"nothing":     {func(losses.Batch) *Node { return nil }, []string{"a scalar", "returned nothing"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := tinyPoints()
			config.Terms = append(config.Terms, losses.Term{Name: "gap", Weight: 1, Loss: test.loss})
			requireBlame(t, mustOpen(t, t.TempDir(), config).Train(eightGaussians(), 1), append(test.words, `term "gap"`)...)
		})
	}
}

// What a chain's step evaluates is the model's, and so are its faults.
func TestAFaultOfTheModelInAChainIsTheModels(t *testing.T) {
	run := trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 1)
	run.Config.Model = unconditional{}
	run.Config.Classes = 2
	_, err := run.Sample(2, 1)
	requireBlame(t, err, "model train.unconditional", "no room for a condition")
	if strings.Contains(err.Error(), "chain") {
		t.Errorf("error %q blames the chain", err)
	}
}
