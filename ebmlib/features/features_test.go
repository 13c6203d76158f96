package features_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/floats"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/data"
	"ebm/ebmlib/features"
	"ebm/ebmlib/metrics"
)

// On every engine two classes that are easily told apart are learnt.
func TestTrain(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, _ *backends.Engine) {
		classifier := train(t, quick())
		if classifier.Accuracy <= 0.9 {
			t.Errorf("accuracy %g", classifier.Accuracy)
		}
		if want := fmt.Sprintf("small classifier of stripes (accuracy %.2f)", classifier.Accuracy); classifier.Name() != want {
			t.Errorf("name %q, want %q", classifier.Name(), want)
		}
		// Others of the same kind than those it was trained on; 101 are more than it sees at once.
		others := stripes(101, 2)
		probabilities, err := classifier.Probabilities(examples(t, others, 101))
		if err != nil {
			t.Fatal(err)
		}
		if len(probabilities) != 101 {
			t.Fatalf("%d rows of probabilities", len(probabilities))
		}
		right := 0
		for i, row := range probabilities {
			if math.Abs(floats.Sum(row)-1) > 1e-5 || floats.Min(row) < 0 {
				t.Fatalf("probabilities %v", row)
			}
			if floats.MaxIdx(row) == int(others.Labels[i]) {
				right++
			}
		}
		if right <= 90 {
			t.Errorf("%d of 101 others are told right", right)
		}
	})
}

// The accuracy is of images kept out of the training: where labels are drawn by lot it is that of guessing, though what was trained on is known.
func TestAccuracyIsOfImagesKeptOut(t *testing.T) {
	set, random := stripes(40, 1), rand.New(rand.NewPCG(3, 0))
	for i := range set.Labels {
		set.Labels[i] = int32(random.IntN(2))
	}
	for i := range set.Bytes {
		set.Bytes[i] = uint8(random.IntN(256))
	}
	settings := quick()
	settings.Steps = 300
	classifier, err := features.Train(set, settings)
	if err != nil {
		t.Fatal(err)
	}
	probabilities, err := classifier.Probabilities(examples(t, set, 40))
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, row := range probabilities {
		if floats.MaxIdx(row) != int(set.Labels[i]) {
			wrong++
		}
	}
	if want := 1 - float64(wrong)/4; wrong == 0 || classifier.Accuracy != want {
		t.Errorf("accuracy %g, and %d of all are told wrong: want all of these to be among the 4 kept out, accuracy %g", classifier.Accuracy, wrong, want)
	}
}

func TestSameSeedSameFeatures(t *testing.T) {
	x := examples(t, stripes(30, 2), 30)
	one := featuresOf(t, trained(t), x)
	if len(one) != 30 || len(one[0]) != features.Dims {
		t.Fatalf("%d rows of %d features", len(one), len(one[0]))
	}
	if !reflect.DeepEqual(one, featuresOf(t, train(t, quick()), x)) {
		t.Error("the same seed gives other features")
	}
	settings := quick()
	settings.Seed = 2
	if reflect.DeepEqual(one, featuresOf(t, train(t, settings), x)) {
		t.Error("another seed gives the same features")
	}
}

// An image's features don't depend on which others are there.
func TestFeaturesAreOfEachImage(t *testing.T) {
	classifier, set := trained(t), stripes(105, 2)
	all := featuresOf(t, classifier, examples(t, set, 105))
	last, err := set.Examples(104, 1)
	if err != nil {
		t.Fatal(err)
	}
	if alone := featuresOf(t, classifier, last); !floats.EqualApprox(alone[0], all[104], 1e-5) {
		t.Errorf("alone %v\namong others %v", alone[0], all[104])
	}
}

// Measured by the features, a set is near another of its kind, and the further from it the more noise is added.
func TestFIDGrowsWithNoise(t *testing.T) {
	classifier := trained(t)
	clean := examples(t, stripes(200, 2), 200)
	reference := featuresOf(t, classifier, clean)
	values := tensors.MustCopyFlatData[float32](clean)
	var distances []float64
	for _, deviation := range []float64{0, 0.2, 0.6} {
		random := rand.New(rand.NewPCG(4, 0))
		noisy := make([]float32, len(values))
		for i, value := range values {
			noisy[i] = value + float32(deviation*random.NormFloat64())
		}
		fid, err := metrics.FID(featuresOf(t, classifier, tensors.FromFlatDataAndDimensions(noisy, clean.Shape().Dimensions...)), reference)
		if err != nil {
			t.Fatal(err)
		}
		distances = append(distances, fid)
	}
	if math.Abs(distances[0]) > 1e-3*distances[1] || distances[2] < 1.5*distances[1] {
		t.Errorf("distances %v: want the first near 0, and the last well above the second", distances)
	}
}

// Sides that differ, that are odd, and that are cut into patches.
func TestSidesOfImages(t *testing.T) {
	for _, shape := range [][]int{{3, 8, 11}, {1, 66, 33}, {1, 37, 37}} {
		size := shape[0] * shape[1] * shape[2]
		set := &data.Set{Name: "any", Shape: shape, Bytes: make([]uint8, 10*size), Labels: make([]int32, 10), Classes: []string{"a", "b"}}
		classifier, err := features.Train(set, features.Settings{Steps: 1, Batch: 2, LearningRate: 1e-3})
		if err != nil {
			t.Errorf("%v: %v", shape, err)
			continue
		}
		if rows := featuresOf(t, classifier, examples(t, set, 3)); len(rows) != 3 || len(rows[0]) != features.Dims {
			t.Errorf("%v: %d rows", shape, len(rows))
		}
	}
}

func TestTrainErrors(t *testing.T) {
	with := func(change func(set *data.Set)) *data.Set {
		set := stripes(20, 1)
		change(set)
		return set
	}
	for name, test := range map[string]struct {
		set      *data.Set
		settings features.Settings
		words    []string
	}{
		"no labels":    {with(func(s *data.Set) { s.Labels, s.Classes = nil, nil }), quick(), []string{"stripes", "no labels", "data.By"}},
		"one class":    {with(func(s *data.Set) { s.Classes = s.Classes[:1] }), quick(), []string{"stripes", "across", "at least 2"}},
		"wrong label":  {with(func(s *data.Set) { clear(s.Labels); s.Labels[7], s.Labels[8] = 9, 9 }), quick(), []string{"stripes", "label 9"}},
		"few images":   {stripes(9, 1), quick(), []string{"stripes", "9 images", "at least 10"}},
		"small images": {with(func(s *data.Set) { s.Shape = []int{1, 4, 4}; s.Labels = make([]int32, 80) }), quick(), []string{"[1 4 4]", "at least 8 pixels"}},
		"points": {&data.Set{Name: "dots", Shape: []int{2}, Floats: make([]float32, 40), Labels: make([]int32, 20), Classes: []string{"a", "b"}},
			quick(), []string{"dots", "[2]", "[channels, height, width]"}},
		"no settings":  {stripes(20, 1), features.Settings{}, []string{"0 Steps", "Defaults"}},
		"a rate of -1": {stripes(20, 1), features.Settings{Steps: 1, Batch: 1, LearningRate: -1}, []string{"LearningRate -1"}},
		"a rate too high": {stripes(20, 1), features.Settings{Steps: 50, Batch: 4, LearningRate: 1e30},
			[]string{"the loss of step", "lower LearningRate than 1e+30"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := features.Train(test.set, test.settings)
			expectError(t, err, test.words...)
		})
	}
}

func TestFeaturesOfOtherShapes(t *testing.T) {
	classifier := trained(t)
	for _, dims := range [][]int{{2, 1, 9, 8}, {2, 64}, {1, 8, 8}} {
		size := 1
		for _, dim := range dims {
			size *= dim
		}
		x := tensors.FromFlatDataAndDimensions(make([]float32, size), dims...)
		_, err := classifier.Features(x)
		expectError(t, err, classifier.Name(), x.Shape().String(), "[1 8 8]")
		_, err = classifier.Probabilities(x)
		expectError(t, err, x.Shape().String())
	}
	_, err := classifier.Features(stripes(2, 1).Tensor())
	expectError(t, err, "Uint8", "float32")
	_, err = classifier.Features(tensors.FromShape(shapes.Make(dtypes.Float32, 0, 1, 8, 8)))
	expectError(t, err, classifier.Name(), "no images")
}

func TestSaveAndLoad(t *testing.T) {
	classifier, dir := trained(t), filepath.Join(t.TempDir(), "made", "stripes")
	if err := classifier.Save(dir); err != nil {
		t.Fatal(err)
	}
	loaded, err := features.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	x := examples(t, stripes(30, 2), 30)
	if !reflect.DeepEqual(featuresOf(t, loaded, x), featuresOf(t, classifier, x)) {
		t.Error("the features are others")
	}
	if loaded.Name() != classifier.Name() || !reflect.DeepEqual(loaded.Classes, classifier.Classes) {
		t.Errorf("loaded %s of classes %v", loaded.Name(), loaded.Classes)
	}
	expectError(t, classifier.Save(dir), dir, "something of that name")
	file := filepath.Join(dir, "classifier.json")
	err = classifier.Save(filepath.Join(file, "below"))
	expectError(t, err, file, "not a directory")
	if strings.Contains(err.Error(), "something of that name") {
		t.Errorf("error %q tells of something that is not there", err)
	}
	if left, _ := filepath.Glob(dir + ".*"); left != nil {
		t.Errorf("%s is left", strings.Join(left, ", "))
	}
	// One that was saved again under another name, by a program with another working state, is the same in every byte.
	again := filepath.Join(t.TempDir(), "again")
	if err := loaded.Save(again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(files(t, dir), files(t, again)) {
		t.Error("what was loaded saves as something else")
	}
}
