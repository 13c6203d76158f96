package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors/numpy"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
	"ebm/ebmlib/models"
	"ebm/ebmlib/train"
)

// conditionalRun trains a run of a small energy conditioned on three classes.
func conditionalRun(t *testing.T) *train.Run {
	t.Helper()
	t.Setenv(backends.Variable, "go")
	config := train.PaperMNIST()
	config.Model, config.Classes = models.MNIST{Filters: 2}, 3
	config.Steps, config.Batch, config.KLSamples, config.References = 2, 4, 0, 2
	config.Guard.MaxEnergy = 1e6
	run, err := train.Open(filepath.Join(t.TempDir(), "run"), config)
	if err != nil {
		t.Fatal(err)
	}
	set := &data.Set{Name: "three", Shape: []int{1, 8, 8}, Bytes: make([]uint8, 3*64), Labels: []int32{0, 1, 2}, Classes: []string{"a", "b", "c"}}
	if err := run.Train(set, 1); err != nil {
		t.Fatal(err)
	}
	return run
}

func TestSampleOfALabel(t *testing.T) {
	run := conditionalRun(t)
	for name, c := range map[string]struct {
		arguments []string
		labels    []int32
	}{
		"classes in turn": {nil, []int32{0, 1, 2, 0, 1, 2}},
		"the first class": {[]string{"--label", "0"}, []int32{0}},
		"the last class":  {[]string{"--label", "2"}, []int32{2}},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "samples.npy")
			mustRun(t, append([]string{"sample", run.Dir, "--out", out, "-n", "6", "--steps", "3"}, c.arguments...)...)
			got, err := numpy.FromNpyFile(out)
			if err != nil {
				t.Fatal(err)
			}
			want, err := run.Sample(6, 3, c.labels...)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(want) {
				t.Errorf("samples %s, want those of the labels %v", got, c.labels)
			}
		})
	}
	mustFail(t, 1, []string{"no label 3", "0 to 2"}, "sample", run.Dir, "--label", "3", "--out", filepath.Join(t.TempDir(), "a.png"))
}

// By default each column of the grid is a class.
func TestSampleHasAColumnForEachClass(t *testing.T) {
	run := conditionalRun(t)
	picture := func(arguments ...string) []byte {
		path := filepath.Join(t.TempDir(), "samples.png")
		mustRun(t, append([]string{"sample", run.Dir, "--out", path, "-n", "9", "--steps", "1"}, arguments...)...)
		requirePicture(t, path)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	byDefault := picture()
	if !bytes.Equal(byDefault, picture("--columns", "3")) {
		t.Error("there are not three columns")
	}
	if bytes.Equal(byDefault, picture("--columns", "8")) {
		t.Error("--columns does nothing")
	}
	if !bytes.Equal(picture("--label", "1"), picture("--label", "1", "--columns", "8")) {
		t.Error("samples of one class are not in the customary columns")
	}
}
