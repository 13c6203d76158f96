package features_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
	"ebm/ebmlib/features"
)

// TestMain lets the tests run on the engine that every machine has and that starts fastest.
func TestMain(m *testing.M) {
	os.Setenv(backends.Variable, "go")
	os.Exit(m.Run())
}

// stripes are n noisy images of 8x8 pixels with stripes, across in every other one and up in the rest.
func stripes(n int, seed uint64) *data.Set {
	random := rand.New(rand.NewPCG(seed, 0))
	set := &data.Set{Name: "stripes", Shape: []int{1, 8, 8}, Classes: []string{"across", "up"}}
	for i := range n {
		phase := random.IntN(4)
		for row := range 8 {
			for column := range 8 {
				along := []int{row, column}[i%2]
				bright := (along + phase) / 2 % 2
				set.Bytes = append(set.Bytes, uint8(40+100*bright+random.IntN(80)))
			}
		}
		set.Labels = append(set.Labels, int32(i%2))
	}
	return set
}

// quick are settings of a training that takes a second or so.
func quick() features.Settings {
	return features.Settings{Steps: 60, Batch: 16, LearningRate: 3e-3, Seed: 1}
}

func train(t *testing.T, settings features.Settings) *features.Classifier {
	t.Helper()
	classifier, err := features.Train(stripes(200, 1), settings)
	if err != nil {
		t.Fatal(err)
	}
	return classifier
}

var once = sync.OnceValues(func() (*features.Classifier, error) { return features.Train(stripes(200, 1), quick()) })

// trained is a classifier that tests share.
func trained(t *testing.T) *features.Classifier {
	t.Helper()
	classifier, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return classifier
}

// examples are the first n of a set.
func examples(t *testing.T, set *data.Set, n int) *tensors.Tensor {
	t.Helper()
	x, err := set.Examples(0, n)
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

// expectError fails the test unless err is there and its message has every one of the parts.
func expectError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, wanted one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}
