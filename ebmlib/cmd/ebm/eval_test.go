package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/data"
	"ebm/ebmlib/features"
	"ebm/ebmlib/metrics"
	"ebm/ebmlib/train"
)

// smallDigits writes 201 images as the 8x8 digits of a data directory, each of the brightness of its label and noise.
func smallDigits(t *testing.T) (directory string) {
	t.Helper()
	var pixels, labels []uint8
	for i := range 201 { // Its halves aren't equal.
		labels = append(labels, uint8(i%10))
		for j := range 64 {
			pixels = append(pixels, uint8(i%10*20+(i*j)%53))
		}
	}
	directory = t.TempDir()
	folder := filepath.Join(directory, "digits-8x8")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := data.WriteIDX(filepath.Join(folder, "images-idx3-ubyte"), []int{201, 8, 8}, pixels); err != nil {
		t.Fatal(err)
	}
	if err := data.WriteIDX(filepath.Join(folder, "labels-idx1-ubyte"), []int{201}, labels); err != nil {
		t.Fatal(err)
	}
	return directory
}

func readResult(t *testing.T, path string) (result evalResult) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &result)
	}
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// requirePrinted fails the test unless each measure has a line with its numbers and what they are by.
func requirePrinted(t *testing.T, printed string, measures []measure) {
	t.Helper()
	for _, m := range measures {
		if !slices.ContainsFunc(strings.Split(printed, "\n"), func(line string) bool {
			return strings.HasPrefix(line, m.Name+" ") && strings.Contains(line, " "+m.Samples.String()+" ") &&
				strings.Contains(line, " "+m.HeldOut.String()+" ") && strings.HasSuffix(line, m.By)
		}) {
			t.Errorf("no line has %+v:\n%s", m, printed)
		}
	}
}

// byName is the measure of that name.
func byName(t *testing.T, measures []measure, name string) measure {
	t.Helper()
	i := slices.IndexFunc(measures, func(m measure) bool { return m.Name == name })
	if i < 0 {
		t.Fatalf("no %s in %+v", name, measures)
	}
	return measures[i]
}

// Of images the command makes a classifier and keeps it, finds it the next time, and gives what the library does for the same samples.
func TestEvalOfImages(t *testing.T) {
	run, directory, dir := conditionalRun(t), smallDigits(t), t.TempDir()
	kept, out := filepath.Join(dir, "classifier"), filepath.Join(dir, "eval.json")
	o := evalOptions{set: "digits", directory: directory, classifier: kept, json: out,
		sampling: train.Sampling{Count: 60, From: train.Noise, Rounds: 1, Steps: 2},
		training: features.Settings{Steps: 20, Batch: 8, LearningRate: 1e-3}}
	if err := o.run(run.Dir); err != nil {
		t.Fatal(err)
	}
	first := readResult(t, out)

	arguments := []string{"eval", run.Dir, "--set", "digits", "--data", directory, "--classifier", kept, "-n", "60", "--steps", "2", "--json", out}
	printed := mustRun(t, arguments...)
	got := readResult(t, out)
	if !reflect.DeepEqual(got.Measures, first.Measures) {
		t.Errorf("with the classifier found again %+v, with the one just made %+v", got.Measures, first.Measures)
	}
	requireWords(t, printed, run.Dir, "step 1", "60 samples from noise", "2 chain steps", "one half of digits 8x8", "the other half of digits 8x8")
	requirePrinted(t, printed, got.Measures)

	classifier, err := features.Load(kept)
	if err != nil {
		t.Fatal(err)
	}
	if by := byName(t, got.Measures, "FID").By; by != classifier.Name() {
		t.Errorf("FID is by %q, want %q", by, classifier.Name())
	}
	training, heldOut, err := o.trainingAndHeldOut()
	if err != nil {
		t.Fatal(err)
	}
	samples, err := run.Sample(60, 2, drawnLabels(run, 60)...)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		x   *tensors.Tensor
		got float64
	}{
		"samples":  {samples, byName(t, got.Measures, "FID").Samples.Value},
		"held out": {drawnFrom(t, heldOut, 60), byName(t, got.Measures, "FID").HeldOut.Value},
	} {
		want, err := metrics.FID(featuresOf(t, classifier, test.x), featuresOf(t, classifier, drawnFrom(t, training, 60)))
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(test.got-want) > 1e-6*want {
			t.Errorf("FID of the %s is %g, want %g", name, test.got, want)
		}
	}

	all := mustRun(t, "eval", run.Dir, "--set", "digits", "--data", directory, "-n", "101", "--batch", "40", "--steps", "2", "--classifier", kept, "--json", out)
	requireWords(t, all, "101 samples", "only 100 are held out")
	if count := readResult(t, out).HeldOutCount; count != 100 {
		t.Errorf("%d are held out, want 100", count)
	}

	if _, err := o.openExtractor(heldOut); err == nil {
		t.Errorf("the classifier in %s is taken for one of %s", kept, heldOut.Info().Name)
	} else {
		requireWords(t, err.Error(), kept, classifier.Name(), heldOut.Info().Name, "--classifier")
	}
	unlabelled := filepath.Join(directory, "digits-8x8", "images-idx3-ubyte")
	mustFail(t, 1, []string{unlabelled, "no labels", "--attribute", "--inception"}, "eval", run.Dir, "--set", unlabelled, "-n", "60")
	later := []string{"eval", run.Dir, "--set", "digits", "--data", directory, "-n", "60", "--classifier", filepath.Join(dir, "later")}
	mustFail(t, 1, []string{"Steps is -1"}, append(later, "--steps", "-1")...)
	mustFail(t, 1, []string{out, "can't be written"}, append(later, "--json", filepath.Join(out, "o.json"))...)
	if _, err := os.Stat(filepath.Join(dir, "later")); err == nil {
		t.Error("a classifier was trained before the options were looked at")
	}
	missing := filepath.Join(dir, "inception.safetensors")
	mustFail(t, 1, []string{missing, "no such file", "pt_inception-2015-12-05-6726825d.pth", "save_file"},
		"eval", run.Dir, "--set", unlabelled, "-n", "60", "--inception", missing)
	mustFail(t, 1, []string{"--inception", "--classifier", "leave"}, "eval", run.Dir, "--set", "digits", "--data", directory, "-n", "60",
		"--inception", missing, "--classifier", kept)
	mustFail(t, 1, []string{"--count is 500", "one half of digits 8x8", "101 examples"}, "eval", run.Dir, "--set", "digits", "--data", directory, "-n", "500")
	mustFail(t, 1, []string{"digits 8x8", "attribute", "weight"}, "eval", run.Dir, "--set", "digits", "--data", directory, "--attribute", "weight")
}

func drawnFrom(t *testing.T, source data.Source, n int) *tensors.Tensor {
	t.Helper()
	x, err := drawn(source, n)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func featuresOf(t *testing.T, classifier *features.Classifier, x *tensors.Tensor) [][]float64 {
	t.Helper()
	rows, err := classifier.Features(x)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Held-out points are much nearer to the data than samples of a run that was hardly trained.
func TestEvalOfPoints(t *testing.T) {
	dir := t.TempDir()
	run, out := filepath.Join(dir, "run"), filepath.Join(dir, "eval.json")
	mustRun(t, "train", run, "--preset", "points", "--set", "moons", "--steps", "1")
	printed := mustRun(t, "eval", run, "--set", "moons", "-n", "200", "--steps", "2", "--rounds", "2", "--json", out)
	got := readResult(t, out)
	requireWords(t, printed, run, "step 1", "200 samples", "2 rounds of 2 chain steps", "coordinates")
	requirePrinted(t, printed, got.Measures)
	for _, name := range []string{"MMD²", "mean distance to the nearest training example"} {
		if m := byName(t, got.Measures, name); m.Samples.Value < 5*m.HeldOut.Value {
			t.Errorf("%s is %g of the samples and %g of held-out points", name, m.Samples.Value, m.HeldOut.Value)
		}
	}

	mustFail(t, 1, []string{"0 arguments", "ebm eval RUN"}, "eval")
	mustFail(t, 1, []string{"--set is needed"}, "eval", run)
	mustFail(t, 1, []string{"--count is 19", "at least 20"}, "eval", run, "--set", "moons", "-n", "19")
	mustFail(t, 1, []string{filepath.Join(dir, "nowhere"), "no run"}, "eval", filepath.Join(dir, "nowhere"), "--set", "moons")
	mustFail(t, 1, []string{"no data set is named", "nonesuch"}, "eval", run, "--set", "nonesuch")
	mustFail(t, 1, []string{run, "[2]", "--set digits", "[1 8 8]"}, "eval", run, "--set", "digits", "--data", smallDigits(t))
	mustFail(t, 1, []string{"--classifier", "moons", "points"}, "eval", run, "--set", "moons", "--classifier", dir)
	mustFail(t, 1, []string{"--inception", "moons", "points"}, "eval", run, "--set", "moons", "--inception", dir)
	mustFail(t, 1, []string{"Steps is -1"}, "eval", run, "--set", "moons", "--steps", "-1")
}

// Of a set with one split the halves share no example, and have all.
func TestHalves(t *testing.T) {
	training, heldOut, err := evalOptions{set: "digits", directory: smallDigits(t)}.trainingAndHeldOut()
	if err != nil {
		t.Fatal(err)
	}
	images := func(source data.Source) (images []string) {
		for row := range source.Info().Examples {
			set, err := source.Read([]int{row})
			if err != nil {
				t.Fatal(err)
			}
			images = append(images, string(set.Bytes))
		}
		return images
	}
	one, other := images(training), images(heldOut)
	different := slices.Compact(slices.Sorted(slices.Values(slices.Concat(one, other))))
	if len(one) != 101 || len(other) != 100 || len(different) != 201 {
		t.Errorf("halves of %d and %d images, %d of them different: want all 201", len(one), len(other), len(different))
	}
}

// Copies of training examples, from anywhere in the set, are told by the distance to the nearest.
func TestCopiesAreTold(t *testing.T) {
	set := &data.Set{Name: "grid", Shape: []int{2}}
	for i := range 2500 {
		set.Floats = append(set.Floats, float32(i%50), float32(i/50))
	}
	copies, err := readExamples(set, []int{0, 999, 1000, 2499})
	if err != nil {
		t.Fatal(err)
	}
	others := tensors.FromFlatDataAndDimensions([]float32{0, 0.5, 7, 7.25, 52, 49, -3, -4}, 4, 2)
	for name, test := range map[string]struct {
		samples, heldOut *tensors.Tensor
		want             [4]float64 // mean distance and share, of samples and of held-out examples
	}{
		"copies":         {copies, others, [4]float64{0, 1, 2.1875, 0.25}}, // 0.5, 0.25, 3 and 5 from the nearest
		"fewer held out": {copies, tensors.FromFlatDataAndDimensions([]float32{0, 0.5, 52, 49}, 2, 2), [4]float64{0, 1, 1.75, 0.5}},
		"no copies":      {others, copies, [4]float64{2.1875, 0, 0, 1}},
	} {
		got, err := nearness(test.samples, test.heldOut, set)
		if err != nil {
			t.Fatal(err)
		}
		if numbers := [4]float64{got[0].Samples.Value, got[1].Samples.Value, got[0].HeldOut.Value, got[1].HeldOut.Value}; numbers != test.want {
			t.Errorf("%s: %v, want %v", name, numbers, test.want)
		}
	}
}
