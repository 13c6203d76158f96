package train

import (
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/samplers"
)

func sampleWith(t *testing.T, run *Run, s Sampling, labels ...int32) []float32 {
	t.Helper()
	samples, err := run.SampleWith(s, labels...)
	return values(t, samples, err)
}

// Without transitions rounds are one longer chain, and that is Sample's.
func TestRoundsGoOn(t *testing.T) {
	run := trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 3)
	samples, err := run.Sample(5, 24)
	want := values(t, samples, err)
	if !slices.Equal(sampleWith(t, run, Sampling{Count: 5, From: Noise, Rounds: 1, Steps: 24}), want) {
		t.Error("one round is not Sample's chain")
	}
	if !slices.Equal(sampleWith(t, run, Sampling{Count: 5, From: Noise, Rounds: 2, Steps: 12}), want) {
		t.Error("two rounds are not one chain of as many steps")
	}
}

// Batches are of about even sizes, and a sample starts from the row of the buffer that it starts from without batches.
func TestBatches(t *testing.T) {
	for batch, want := range map[int][]int{0: {0, 10}, 3: {0, 2, 5, 7, 10}, 5: {0, 5, 10}, 9: {0, 5, 10}, 10: {0, 10}, 99: {0, 10}} {
		got := []int{0}
		for from, to := range (Sampling{Count: 10, Batch: batch}).batches() {
			if from != got[len(got)-1] {
				t.Errorf("batches of %d: one begins at %d, and the one before ends at %d", batch, from, got[len(got)-1])
			}
			got = append(got, to)
		}
		if !slices.Equal(got, want) {
			t.Errorf("batches of %d of 10 are bounded by %d, want %d", batch, got, want)
		}
	}

	run := threeLabels(t)
	labels := []int32{2, 0, 0, 1, 2, 1, 0}
	from := Sampling{Count: len(labels), From: Buffer, Rounds: 1}
	atOnce := sampleWith(t, run, from, labels...)
	from.Batch = 3
	for i, value := range sampleWith(t, run, from, labels...) {
		if math.Abs(float64(value-atOnce[i])) > 1./256 { // Where within its grey level it starts is random.
			t.Fatalf("value %d starts at %g in batches, and at %g at once", i, value, atOnce[i])
		}
	}
}

// atLabel is an energy whose minimum is where all values are a tenth of the label, of three.
type atLabel struct{}

func (atLabel) Energy(scope *model.Scope, x, condition *Node) *Node {
	tenths := Dot(condition, Const(x.Graph(), [][]float32{{0}, {0.1}, {0.2}})).MatMul()
	flat := Reshape(x, x.Shape().Dim(0), -1)
	distance := ReduceAndKeep(Square(Sub(flat, tenths)), ReduceSum, 1)
	return Add(distance, MulScalar(layers.Linear(scope.At("unused"), flat, 1), 0))
}

// Each batch has noise of its own, and a sample its label.
func TestSamplesInBatches(t *testing.T) {
	config := tinyImages()
	config.Model, config.Classes, config.Guard.MaxEnergy = atLabel{}, 3, 1e6
	labels := []int32{1, 0, 2, 2, 0, 1, 1, 2}
	backendtest.EachEngine(t, func(t *testing.T, _ *backends.Engine) {
		run := trained(t, t.TempDir(), config, colourPictures(), 1)
		size := volume(run.example)

		from := Sampling{Count: len(labels), From: Noise, Rounds: 1, Batch: 3}
		noise := sampleWith(t, run, from, labels...)
		if !slices.Equal(sampleWith(t, run, from, labels...), noise) {
			t.Error("the same call gives other samples")
		}
		if alone := sampleWith(t, run, Sampling{Count: 2, From: Noise, Rounds: 1}, labels[:2]...); !slices.Equal(alone, noise[:len(alone)]) {
			t.Error("the first batch is another than in a call of its own")
		}
		for i := range labels {
			for j := range i {
				if slices.Equal(noise[i*size:(i+1)*size], noise[j*size:(j+1)*size]) {
					t.Errorf("samples %d and %d start from the same noise", i, j)
				}
			}
		}

		from.Steps, from.Chain = 1, samplers.Langevin{StepSize: 0.5} // In one step at the minimum: half of the gradient is the distance.
		for i, value := range sampleWith(t, run, from, labels...) {
			if label := labels[i/size]; math.Abs(float64(value)-float64(label)/10) > 1e-5 {
				t.Fatalf("a value of sample %d, of label %d, is %g", i/size, label, value)
			}
		}
	})
}

// Each round but the first begins with the transitions.
func TestTransitionsBetweenRounds(t *testing.T) {
	config := tinyImages()
	config.Transitions = samplers.Transitions{samplers.HorizontalFlip{Probability: 1}}
	run := trained(t, t.TempDir(), config, pictures(), 2)
	noise := sampleWith(t, run, Sampling{Count: 3, From: Noise, Rounds: 1})
	mirrored := slices.Clone(noise)
	for row := range slices.Chunk(mirrored, 8) {
		slices.Reverse(row)
	}
	for rounds, want := range map[int][]float32{2: mirrored, 3: noise} {
		if !slices.Equal(sampleWith(t, run, Sampling{Count: 3, From: Noise, Rounds: rounds}), want) {
			t.Errorf("after %d rounds the noise was not mirrored %d times", rounds, rounds-1)
		}
	}
}

// Chains from the buffer start at its samples, each once before any comes again, and of the labels that are asked for.
func TestSamplesFromTheBuffer(t *testing.T) {
	const size = 3 * 8 * 8
	run := threeLabels(t)
	kept := tensors.MustCopyFlatData[int32](run.store.GetVariable(labelsPath).MustValue())
	stored := tensors.MustCopyFlatData[uint8](run.store.GetVariable(replayPath).MustValue())
	held := run.Config.Replay.Len(2 * run.Config.Batch)
	rowsOf := func(label int32) (rows []int) {
		for row := range held {
			if kept[row] == label {
				rows = append(rows, row)
			}
		}
		return rows
	}
	label := kept[0]
	among := rowsOf(label)
	samples := sampleWith(t, run, Sampling{Count: 2 * len(among), From: Buffer, Rounds: 1}, label)
	times := make(map[int]int)
	for sample := range slices.Chunk(samples, size) {
		for _, row := range among {
			same := true
			for i, value := range sample {
				same = same && uint8(value*256) == stored[row*size+i]
			}
			if same {
				times[row]++
			}
		}
	}
	for _, row := range among {
		if times[row] != 2 {
			t.Errorf("row %d of label %d came %d times among %d samples of %d rows, want 2", row, label, times[row], 2*len(among), len(among))
		}
	}
	if before := sampleWith(t, run, Sampling{Count: 2 * len(among), From: Buffer, Rounds: 1}, label); !slices.Equal(before, samples) {
		t.Error("the same call gives other samples")
	}

	points := trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 5)
	whole, err := points.Buffer(20)
	want := values(t, whole, err)
	got := sampleWith(t, points, Sampling{Count: 20, From: Buffer, Rounds: 1})
	if slices.Sort(want); !slices.Equal(slices.Sorted(slices.Values(got)), want) {
		t.Error("the samples of as many as the buffer holds are not its own")
	}
}

func TestSamplingByAnotherChain(t *testing.T) {
	config := tinyImages()
	config.AnnealNoise = true
	run := trained(t, t.TempDir(), config, pictures(), 2)
	from := Sampling{Count: 4, From: Noise, Rounds: 1, Steps: 12}
	own := sampleWith(t, run, from)
	from.Chain = config.Chain
	if !slices.Equal(sampleWith(t, run, from), own) {
		t.Error("the run's own chain, given, makes other samples")
	}
	start := sampleWith(t, run, Sampling{Count: 4, From: Noise, Rounds: 1})
	from.Chain = samplers.MALA{StepSize: 1e-8, Max: 1} // It has no noise that could be annealed.
	for i, value := range sampleWith(t, run, from) {
		if math.Abs(float64(value-start[i])) > 0.01 {
			t.Fatalf("value %d moved from %g to %g by tiny steps", i, start[i], value)
		}
	}
}

func TestSamplingWithIsRefused(t *testing.T) {
	run := trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 1)
	conditional := threeLabels(t)
	fresh := mustOpen(t, t.TempDir(), tinyPoints())
	weights, err := run.Weights()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.SetWeights(weights, 2); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		run      *Run
		sampling Sampling
		words    []string
	}{
		"no samples":     {run, Sampling{From: Noise, Rounds: 1}, []string{run.Dir, "Count is 0", "at least 1"}},
		"no origin":      {run, Sampling{Count: 1, Rounds: 1}, []string{run.Dir, `From is ""`, `"noise"`, `"buffer"`}},
		"given":          {run, Sampling{Count: 1, From: Given, Rounds: 1}, []string{run.Dir, `From is "given"`}},
		"no rounds":      {run, Sampling{Count: 1, From: Noise}, []string{run.Dir, "Rounds is 0"}},
		"negative batch": {run, Sampling{Count: 1, From: Noise, Rounds: 1, Batch: -1}, []string{run.Dir, "Batch is -1"}},
		"negative steps": {run, Sampling{Count: 1, From: Noise, Rounds: 1, Steps: -2}, []string{run.Dir, "Steps is -2"}},
		"bad chain":      {run, Sampling{Count: 1, From: Noise, Rounds: 1, Chain: samplers.MALA{}}, []string{run.Dir, "mala: step size is 0"}},
		"empty buffer":   {fresh, Sampling{Count: 1, From: Buffer, Rounds: 1}, []string{fresh.Dir, "holds nothing", `"noise"`}},
		"diverging": {run, Sampling{Count: 1, From: Noise, Rounds: 1, Steps: 30, Chain: samplers.Langevin{StepSize: 1e38}},
			[]string{run.Dir, "a smaller step size"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.run.SampleWith(test.sampling)
			requireError(t, err, test.words...)
		})
	}

	// Forget the samples of one label.
	kept := conditional.store.GetVariable(labelsPath)
	labels := tensors.MustCopyFlatData[int32](kept.MustValue())
	for i := range labels {
		labels[i] = 1
	}
	if err := kept.SetValue(tensors.FromValue(labels)); err != nil {
		t.Fatal(err)
	}
	_, err = conditional.SampleWith(Sampling{Count: 1, From: Buffer, Rounds: 1}, 2)
	requireError(t, err, conditional.Dir, "the label 2", `"noise"`)
}
