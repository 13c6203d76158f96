package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
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

// Points of several classes are drawn over the energy of each.
func TestSampleDrawsPointsOfEachClass(t *testing.T) {
	t.Setenv(backends.Variable, "go")
	config := train.Points()
	config.Model, config.Classes = models.MLP{Hidden: []int{4}}, 2
	config.Steps, config.Batch, config.References = 2, 4, 2
	run, err := train.Open(filepath.Join(t.TempDir(), "run"), config)
	if err != nil {
		t.Fatal(err)
	}
	set := &data.Set{Name: "two", Shape: []int{2}, Floats: []float32{-1, 0, 1, 0}, Labels: []int32{0, 1}, Classes: []string{"left", "right"}}
	if err := run.Train(set, 1); err != nil {
		t.Fatal(err)
	}
	width := func(arguments ...string) int {
		path := filepath.Join(t.TempDir(), "samples.png")
		mustRun(t, append([]string{"sample", run.Dir, "--out", path, "-n", "5", "--steps", "1"}, arguments...)...)
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		picture, err := png.DecodeConfig(file)
		if err != nil {
			t.Fatal(err)
		}
		return picture.Width
	}
	if both, one := width(), width("--label", "1"); both != 2*one {
		t.Errorf("the picture of two classes is %d pixels wide, and that of one %d", both, one)
	}
}

// written are the numbers that the command samples.
func written(t *testing.T, arguments ...string) *tensors.Tensor {
	t.Helper()
	out := filepath.Join(t.TempDir(), "samples.npy")
	mustRun(t, append([]string{"sample", "--out", out, "-n", "4", "--steps", "3"}, arguments...)...)
	samples, err := numpy.FromNpyFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

func TestSampleInRoundsFromTheBuffer(t *testing.T) {
	run := conditionalRun(t)
	want, err := run.SampleWith(train.Sampling{Count: 4, From: train.Buffer, Rounds: 2, Steps: 3})
	if err != nil {
		t.Fatal(err)
	}
	if !written(t, run.Dir, "--from", "buffer", "--rounds", "2").Equal(want) {
		t.Error("the samples are not SampleWith's")
	}
	mustFail(t, 1, []string{run.Dir, `"middle"`, `"noise"`, `"buffer"`}, "sample", run.Dir, "--from", "middle")
	mustFail(t, 1, []string{run.Dir, "Rounds is 0"}, "sample", run.Dir, "--rounds", "0")
}

func TestSampleOfSeveralRuns(t *testing.T) {
	one, two := conditionalRun(t), conditionalRun(t)
	for name, test := range map[string]struct {
		arguments   []string
		composition train.Composition
	}{
		"classes in turn": {[]string{one.Dir, two.Dir}, train.Composition{{Run: one, Weight: 1}, {Run: two, Weight: 1}}},
		"weighted": {[]string{one.Dir, two.Dir, "--weight", "2,-0.5", "--label", "1,0"},
			train.Composition{{Run: one, Weight: 2, Labels: []int32{1}}, {Run: two, Weight: -0.5, Labels: []int32{0}}}},
		"a run twice": {[]string{one.Dir, one.Dir, "--label", "0,2"},
			train.Composition{{Run: one, Weight: 1, Labels: []int32{0}}, {Run: one, Weight: 1, Labels: []int32{2}}}},
	} {
		want, err := test.composition.Sample(4, 3)
		if err != nil {
			t.Fatal(err)
		}
		if !written(t, test.arguments...).Equal(want) {
			t.Errorf("%s: the samples are not the composition's", name)
		}
	}
	out := filepath.Join(t.TempDir(), "samples.png")
	requireWords(t, mustRun(t, "sample", one.Dir, two.Dir, "--out", out, "-n", "2", "--steps", "1", "--rounds", "2"),
		one.Dir, two.Dir, "2 rounds of 1 chain steps", out)
	requirePicture(t, out)
	mustFail(t, 1, []string{"--weight", "1 values for 2 runs"}, "sample", one.Dir, two.Dir, "--weight", "1")
	mustFail(t, 1, []string{"--label", "1 values", "2 of the runs"}, "sample", one.Dir, two.Dir, "--label", "1")
	mustFail(t, 1, []string{"there is no run"}, "sample", one.Dir, filepath.Join(t.TempDir(), "nowhere"))
}
