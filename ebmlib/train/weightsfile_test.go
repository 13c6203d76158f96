package train

import (
	"path/filepath"
	"strings"
	"testing"

	"ebm/ebmlib/internal/untrusted/untrustedtest"
	"ebm/ebmlib/models"
	"ebm/ebmlib/weights"
)

// startingFrom is a directory with a run of so much: the weights' file of a trained run, and perhaps its configuration.
func startingFrom(t *testing.T, source *Run, withConfig bool) (dir string, tensors weights.Tensors) {
	t.Helper()
	dir = t.TempDir()
	tensors, err := source.AverageWeights()
	if err != nil {
		t.Fatal(err)
	}
	if err := weights.Write(filepath.Join(dir, weightsFile), tensors); err != nil {
		t.Fatal(err)
	}
	if withConfig {
		writeFile(t, string(readFile(t, source.Dir, "config.json")), dir, "config.json")
	}
	return dir, tensors
}

// requireWeights fails unless the run has these weights, and they are their own average.
func requireWeights(t *testing.T, run *Run, want weights.Tensors) {
	t.Helper()
	for _, get := range []func() (weights.Tensors, error){run.Weights, run.AverageWeights} {
		got, err := get()
		if err != nil {
			t.Fatal(err)
		}
		for name, tensor := range want {
			if len(got) != len(want) || !got[name].Equal(tensor) {
				t.Errorf("%s is %s, want %s", name, got[name], tensor)
			}
		}
	}
}

// A run of a configuration and a file of weights starts from these, and what reads it writes nothing.
func TestStartFromWeightsFile(t *testing.T) {
	config, set := tinyPoints(), eightGaussians()
	dir, tensors := startingFrom(t, trained(t, t.TempDir(), config, set, 3), true)
	before := contents(t, dir)
	run, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if run.Step() != 0 {
		t.Errorf("the run is at step %d, want 0", run.Step())
	}
	requireWeights(t, run, tensors)
	if _, err := run.Sample(2, 1); err != nil {
		t.Fatal(err)
	}
	requireContents(t, dir, before)

	want := trained(t, dir, config, set, 2)
	other, _ := startingFrom(t, trained(t, t.TempDir(), config, set, 3), false) // The shape of an example it learns from the data.
	requireSame(t, trained(t, other, config, set, 2), want)
	requireSame(t, mustOpen(t, dir, config), want) // The checkpoint is newer than the file.
}

// A training that fails before its first checkpoint goes back to the weights of the file, and on with the smaller rate: it is the training
// that has had that rate all along.
func TestGoBackToWeightsFile(t *testing.T) {
	config, set := tinyPoints(), eightGaussians()
	source := trained(t, t.TempDir(), config, set, 3)
	dir, _ := startingFrom(t, source, false)
	slow := trained(t, dir, config, set, 4)

	config.Guard.GoBack, config.Guard.Slower = 1, 1e-12
	config.Adam.LearningRate *= 1e12
	dir, _ = startingFrom(t, source, false)
	run := trained(t, dir, config, set, 4)
	if len(run.setbacks) != 1 {
		t.Fatalf("%d setbacks, want 1", len(run.setbacks))
	}
	requireSame(t, run, slow)
}

func TestWeightsFileThatDoesNotFit(t *testing.T) {
	source := trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 1)
	dir, tensors := startingFrom(t, source, true)
	path := filepath.Join(dir, weightsFile)

	tensors["more"] = tensors["hidden1.bias"]
	if err := weights.Write(path, tensors); err != nil {
		t.Fatal(err)
	}
	_, err := Load(dir)
	requireError(t, err, dir, path, "more", "no weights named")

	writeFile(t, "weights", path)
	_, err = Load(dir)
	requireError(t, err, dir, path, "safetensors")

	wider := tinyPoints()
	wider.Model = models.MLP{Hidden: []int{17}}
	dir, _ = startingFrom(t, source, false)
	err = mustOpen(t, dir, wider).Train(eightGaussians(), 1)
	requireError(t, err, filepath.Join(dir, weightsFile), "hidden1.weight", "[16 2]", "[17 2]")
	requireMissing(t, filepath.Join(dir, checkpointsFolder))

	// What a stranger's configuration asks for takes no memory, here 67 MB.
	dir, _ = startingFrom(t, source, true)
	config := string(readFile(t, dir, "config.json"))
	writeFile(t, strings.Replace(config, "        16\n", "        4096,\n        4096\n", 1), dir, "config.json")
	untrustedtest.Allocates(t, 10<<20, func() {
		_, err := Load(dir)
		requireError(t, err, filepath.Join(dir, weightsFile), "hidden1.weight", "[16 2]", "[4096 2]", "missing: hidden2.weight")
	})
}
