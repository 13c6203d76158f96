package train

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/data"
	"ebm/ebmlib/models"
	"ebm/ebmlib/weights"
)

// golden is the configuration of the reference's small network for MNIST, and the arrays of its golden file.
func golden(t *testing.T) (Config, weights.Tensors) {
	t.Helper()
	arrays, err := weights.Read(filepath.Join("..", "golden", "testdata", "mnist_uncond.npz"))
	if err != nil {
		t.Fatal(err)
	}
	c := tinyImages()
	c.Model = models.MNIST{Filters: 6}
	c.Steps, c.Batch, c.References = 1, 2, 1
	return c, arrays
}

// digitsSized are images of MNIST's size.
func digitsSized() *data.Set {
	return &data.Set{Name: "digits' size", Shape: []int{1, 28, 28}, Bytes: slices.Repeat([]uint8{9}, 4*28*28)}
}

// A new run takes the reference's weights and has the reference's energies then, also when it is opened again; and it trains on
// from them.
func TestReferenceWeightsInANewRun(t *testing.T) {
	config, arrays := golden(t)
	dir := t.TempDir()
	run := mustOpen(t, dir, config)
	report, err := run.SetWeights(arrays.Under("param/"), 1, 28, 28)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Loaded) != 34 || len(report.Extra) == 0 {
		t.Errorf("report %s", report)
	}
	want := tensors.MustCopyFlatData[float32](arrays["energy_pos_each_scale"])
	for name, r := range map[string]*Run{"the run": run, "the run opened again": mustOpen(t, dir, config)} {
		energies, err := r.Energies(arrays["x_pos"])
		if err != nil {
			t.Fatal(err)
		}
		for i, energy := range energies {
			if math.Abs(energy-float64(want[i])) > 1e-4*math.Abs(float64(want[i])) {
				t.Errorf("%s: energy %d is %g, the reference's %g", name, i, energy, want[i])
			}
		}
		samples, err := r.Sample(2, 1)
		if err != nil {
			t.Fatal(err)
		}
		requireShape(t, samples, 2, 1, 28, 28)
		_, err = r.Buffer(3)
		requireError(t, err, dir, "holds nothing yet", "train it first")
	}

	config.Adam.LearningRate, config.Guard.MaxEnergy = 1e-6, 1e6
	other := mustOpen(t, t.TempDir(), config)
	if _, err := other.SetWeights(arrays.Under("param/"), 1, 28, 28); err != nil {
		t.Fatal(err)
	}
	mustTrain(t, mustOpen(t, other.Dir, config), digitsSized(), 1)
	current, err := mustOpen(t, other.Dir, config).Weights()
	if err != nil {
		t.Fatal(err)
	}
	if !current["conv1.weight"].InDelta(arrays["param/conv1.weight"], 2e-5) {
		t.Error("training didn't go on from the reference's weights")
	}
}

// A trained run takes the weights of another, goes on at the step where it was, and keeps one checkpoint of it.
func TestWeightsOfAnotherRun(t *testing.T) {
	config := tinyPoints()
	source := trained(t, t.TempDir(), config, eightGaussians(), 3)
	average, err := source.AverageWeights()
	if err != nil {
		t.Fatal(err)
	}
	current, err := source.Weights()
	if err != nil {
		t.Fatal(err)
	}
	if average["hidden1.weight"].Equal(current["hidden1.weight"]) {
		t.Fatal("the average is the current weights")
	}

	config.Seed = 7
	run := trained(t, t.TempDir(), config, eightGaussians(), 2)
	buffer, err := run.Buffer(20)
	before := values(t, buffer, err)
	if _, err := run.SetWeights(average); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, run.Dir, config)
	for _, get := range []func() (weights.Tensors, error){run.Weights, run.AverageWeights, again.Weights, again.AverageWeights} {
		got, err := get()
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range average {
			if len(got) != len(average) || !got[name].Equal(want) {
				t.Errorf("%s is %s, want %s", name, got[name], want)
			}
		}
	}
	buffer, err = again.Buffer(20)
	if !slices.Equal(values(t, buffer, err), before) {
		t.Error("the replay buffer changed")
	}
	entries, err := os.ReadDir(filepath.Join(run.Dir, checkpointsFolder))
	if err != nil || len(entries) != 1 || again.Step() != 2 {
		t.Errorf("checkpoints %v (%v), step %d", entries, err, again.Step())
	}
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(run.Dir)); err != nil {
		t.Fatal(err)
	}
	mustTrain(t, run, eightGaussians(), 3)
	requireSame(t, trained(t, copied, config, eightGaussians(), 3), run)
}

func TestWeightsAreRefused(t *testing.T) {
	config, arrays := golden(t)
	params := arrays.Under("param/")
	for name, test := range map[string]struct {
		tensors weights.Tensors
		example []int
		words   []string
	}{
		"no shape":        {params, nil, []string{"no data yet", "the shape of one example", "1, 28, 28"}},
		"shape of rank 2": {params, []int{28, 28}, []string{"[28 28]", "channels, height and width"}},
		"empty shape":     {params, []int{1, 0, 28}, []string{"[1 0 28]"}},
		"other channels":  {params, []int{3, 28, 28}, []string{"conv1.weight is [6 1 3 3], the network's is [6 3 3 3]"}},
		"prefix":          {arrays, []int{1, 28, 28}, []string{"missing: conv1.weight", "extra: param/conv1.weight"}},
	} {
		t.Run(name, func(t *testing.T) {
			run := mustOpen(t, t.TempDir(), config)
			_, err := run.SetWeights(test.tensors, test.example...)
			requireError(t, err, append(test.words, run.Dir)...)
			_, err = run.Weights()
			requireError(t, err, run.Dir, "no weights yet")
			if saved, err := checkpointSteps(run.Dir); err != nil || len(saved) > 0 {
				t.Errorf("checkpoints %v (%v)", saved, err)
			}
			if _, err := run.SetWeights(params, 1, 28, 28); err != nil {
				t.Errorf("afterwards the right weights are refused: %v", err)
			}
		})
	}
}

func TestWeightsRefusedByATrainedRunLeaveIt(t *testing.T) {
	run := trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 1)
	before, files := variables(t, run), contents(t, run.Dir)
	_, err := run.SetWeights(weights.Tensors{"hidden1.bias": tensors.FromValue([]float32{1})})
	requireError(t, err, run.Dir, "missing: hidden1.weight", "hidden1.bias is [1], the network's is [16]")
	_, err = run.SetWeights(weights.Tensors{}, 3)
	requireError(t, err, run.Dir, "shape [2]", "[3] was given")
	requireContents(t, run.Dir, files)
	for path, value := range variables(t, run) {
		if strings.HasPrefix(path, energyPath) && !value.Equal(before[path]) {
			t.Errorf("%s changed", path)
		}
	}
}
