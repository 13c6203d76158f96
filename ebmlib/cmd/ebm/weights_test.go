package main

import (
	"os"
	"path/filepath"
	"testing"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/models"
	"ebm/ebmlib/train"
	"ebm/ebmlib/weights"
)

const reference = "../../golden/testdata/mnist_uncond.npz"

func readWeights(t *testing.T, path string) weights.Tensors {
	t.Helper()
	tensors, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return tensors
}

func TestExportImport(t *testing.T) {
	set, dir := images(t), t.TempDir()
	run, other, new := filepath.Join(dir, "run"), filepath.Join(dir, "other"), filepath.Join(dir, "new")
	mustRun(t, "train", run, "--set", set, "--steps", "2")
	average, current := filepath.Join(dir, "average.npz"), filepath.Join(dir, "current.safetensors")
	requireWords(t, mustRun(t, "weights", "export", run, "--out", average), "8 moving averages", run, "step 2", average)
	requireWords(t, mustRun(t, "weights", "export", run, "--out", current, "--current"), "8 weights of run", current)
	if a, b := readWeights(t, average)["conv1.weight"], readWeights(t, current)["conv1.weight"]; a.Equal(b) {
		t.Error("the moving average is the current weights")
	}
	requireWords(t, mustRun(t, "weights", "list", average), "conv1.weight   [32 1 3 3]\n", "energy.bias    [1]\n", "8 tensors")

	// Into a run that is there, and into a new one: both then have these weights, and go on.
	mustRun(t, "train", other, "--set", set, "--steps", "1", "--seed", "5")
	requireWords(t, mustRun(t, "weights", "import", other, average), other, "step 1", "8 weights loaded")
	requireWords(t, mustRun(t, "weights", "import", new, average, "--preset", "digits", "--shape", "1,4,4"), new, "step 0", "8 weights loaded")
	for _, into := range []string{other, new} {
		for _, arguments := range [][]string{nil, {"--current"}} {
			out := filepath.Join(dir, "again.npz")
			mustRun(t, append([]string{"weights", "export", into, "--out", out}, arguments...)...)
			got := readWeights(t, out)
			for name, want := range readWeights(t, average) {
				if !got[name].Equal(want) {
					t.Errorf("%s of %s %q is %s, want %s", name, into, arguments, got[name], want)
				}
			}
		}
	}
	mustRun(t, "train", other, "--set", set, "--steps", "2", "--seed", "5")
	mustRun(t, "train", new, "--set", set, "--steps", "1")
}

// The reference's weights, brought into a run, can be sampled from.
func TestImportOfTheReferencesWeights(t *testing.T) {
	t.Setenv(backends.Variable, "go")
	dir := t.TempDir()
	run, picture := filepath.Join(dir, "run"), filepath.Join(dir, "samples.png")
	config := train.PaperMNIST()
	config.Model = models.MNIST{Filters: 6}
	if _, err := train.Open(run, config); err != nil {
		t.Fatal(err)
	}
	mustFail(t, 1, []string{run, "the shape of one example"}, "weights", "import", run, reference, "--prefix", "param/")
	mustFail(t, 1, []string{run, "missing: conv1.weight", "extra: param/conv1.weight"}, "weights", "import", run, reference, "--shape", "1,28,28")
	mustFail(t, 1, []string{run, "train it first"}, "sample", run, "--out", picture)
	output := mustRun(t, "weights", "import", run, reference, "--prefix", "param/", "--shape", "1,28,28")
	requireWords(t, output, run, "34 weights loaded", "extra: map_fc1.weight")
	mustRun(t, "sample", run, "--out", picture, "-n", "2", "--steps", "2")
	requirePicture(t, picture)
	exported := filepath.Join(dir, "exported.npz")
	mustRun(t, "weights", "export", run, "--out", exported)
	want := readWeights(t, reference).Under("param/")
	for name, got := range readWeights(t, exported) {
		if !got.Equal(want[name]) {
			t.Errorf("%s is %s, the reference's %s", name, got, want[name])
		}
	}
}

func TestWeightsErrors(t *testing.T) {
	dir := t.TempDir()
	nowhere := filepath.Join(dir, "nowhere")
	for name, c := range map[string]struct{ arguments, words []string }{
		"no run to export":   {[]string{"weights", "export", nowhere}, []string{nowhere, "no run"}},
		"no run to set":      {[]string{"weights", "import", nowhere, reference}, []string{nowhere, "no run"}},
		"no file":            {[]string{"weights", "import", nowhere, filepath.Join(dir, "w.npz")}, []string{"w.npz", "no such file"}},
		"no file named":      {[]string{"weights", "import", nowhere}, []string{"1 arguments", "RUN FILE"}},
		"another ending":     {[]string{"weights", "list", filepath.Join(dir, "w.pth")}, []string{"w.pth", ".safetensors"}},
		"unknown preset":     {[]string{"weights", "import", nowhere, reference, "--preset", "huge"}, []string{`"huge"`, "paper-mnist"}},
		"unknown subcommand": {[]string{"weights", "paint"}, []string{"paint"}},
	} {
		t.Run(name, func(t *testing.T) {
			mustFail(t, 1, c.words, c.arguments...)
			if _, err := os.Stat(nowhere); !os.IsNotExist(err) {
				t.Errorf("%s was made (%v)", nowhere, err)
			}
		})
	}
}
