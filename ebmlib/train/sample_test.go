package train

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/data"
	"ebm/ebmlib/layers"

	"ebm/ebmlib/samplers"
)

func values(t *testing.T, x *tensors.Tensor, err error) []float32 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](x)
}

func requireShape(t *testing.T, x *tensors.Tensor, dims ...int) {
	t.Helper()
	if !slices.Equal(x.Shape().Dimensions, dims) {
		t.Fatalf("shape %s, want %v", x.Shape(), dims)
	}
}

func TestSample(t *testing.T) {
	for _, test := range []struct {
		name   string
		config Config
		set    *data.Set
		shape  []int
	}{
		{"points", tinyPoints(), eightGaussians(), []int{5, 2}},
		{"images", tinyImages(), pictures(), []int{5, 1, 8, 8}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			run := trained(t, dir, test.config, test.set, 3)
			samples, err := run.Sample(5, 13)
			first := values(t, samples, err)
			requireShape(t, samples, test.shape...)
			for i, value := range first {
				if chain := test.config.Chain.(samplers.Langevin); chain.Max > 0 && (float64(value) < chain.Min || float64(value) > chain.Max) {
					t.Fatalf("value %d is %g, outside the chain's bounds", i, value)
				}
			}
			for name, other := range map[string]*Run{"the same run": run, "the run opened again": mustOpen(t, dir, test.config)} {
				samples, err := other.Sample(5, 13)
				if !slices.Equal(values(t, samples, err), first) {
					t.Errorf("%s gives other samples", name)
				}
			}
			if slices.Equal(first[:len(first)/5], first[len(first)/5:2*len(first)/5]) {
				t.Error("two chains end at the same sample")
			}
		})
	}
}

// Frames are the chains of Sample, looked at on the way, wherever the looks are.
func TestChains(t *testing.T) {
	config := tinyImages()
	run := trained(t, t.TempDir(), config, pictures(), 2)
	steps := []int{0, 1, 1, 13, 25}
	frames, err := run.Chains(4, steps)
	all := values(t, frames, err)
	requireShape(t, frames, 5, 4, 1, 8, 8)
	size := len(all) / len(steps)
	for i, count := range steps {
		samples, err := run.Sample(4, count)
		if !slices.Equal(values(t, samples, err), all[i*size:(i+1)*size]) {
			t.Errorf("the frame after %d steps is not the samples of as many", count)
		}
	}
	for i, value := range all[:size] {
		if float64(value) < config.Start.Min || float64(value) >= config.Start.Max {
			t.Fatalf("value %d of the noise is %g, outside Start", i, value)
		}
	}
	if slices.Equal(all[:size], all[size:2*size]) {
		t.Error("a step changes nothing")
	}
}

func TestSamplingIsRefused(t *testing.T) {
	run := trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 1)
	for name, test := range map[string]struct {
		call  func() error
		words []string
	}{
		"no chains":   {func() error { _, err := run.Sample(0, 3); return err }, []string{"0 chains", "at least 1"}},
		"no frames":   {func() error { _, err := run.Chains(3, nil); return err }, []string{"steps []", "ascend from 0"}},
		"descending":  {func() error { _, err := run.Chains(3, []int{3, 1}); return err }, []string{"[3 1]", "ascend"}},
		"negative":    {func() error { _, err := run.Sample(3, -1); return err }, []string{"[-1]", "ascend from 0"}},
		"labels":      {func() error { _, err := run.Sample(3, 1, 0); return err }, []string{"labels were given", "not conditional"}},
		"no buffer":   {func() error { _, err := run.Buffer(0); return err }, []string{"0 samples", "at least 1"}},
		"wrong shape": {func() error { _, err := run.Energies(pictures().Tensor()); return err }, []string{run.Dir, "[30, 1, 8, 8]"}},
		"another width": {func() error {
			_, err := run.Energies(tensors.FromFlatDataAndDimensions(make([]float32, 15), 3, 5))
			return err
		}, []string{run.Dir, "[3, 5]"}},
	} {
		t.Run(name, func(t *testing.T) { requireError(t, test.call(), test.words...) })
	}
}

func TestBeforeTraining(t *testing.T) {
	run := mustOpen(t, t.TempDir(), tinyPoints())
	_, err := run.Sample(1, 1)
	requireError(t, err, run.Dir, "train it first")
	_, err = run.Chains(1, []int{1})
	requireError(t, err, run.Dir, "train it first")
	_, err = run.Buffer(1)
	requireError(t, err, run.Dir, "train it first")
	_, err = run.Energies(eightGaussians().Tensor())
	requireError(t, err, run.Dir, "train it first")
	if run.Step() != 0 || len(run.Metrics()["step"]) != 0 {
		t.Errorf("step %d, metrics %v", run.Step(), run.Metrics())
	}
}

// E = -w Σ x⁴ has no lowest point: short chains are finite, and long ones are not.
func TestSamplingSaysThatAChainDiverged(t *testing.T) {
	config := tinyPoints()
	config.Model = custom{func(scope *model.Scope, x *Node) *Node {
		slope := Add(layers.Linear(scope, Zeros(x.Graph(), shapes.Make(dtypes.Float32, 1, 1)), 1), Const(x.Graph(), float32(5)))
		return Neg(Mul(slope, ReduceAndKeep(Square(Square(x)), ReduceSum, 1)))
	}}
	config.Steps, config.Adam.LearningRate, config.Guard.MaxEnergy = 1, 1e-9, 1e9
	run := trained(t, t.TempDir(), config, eightGaussians(), 1)
	if _, err := run.Sample(3, 1); err != nil {
		t.Errorf("one step: %v", err)
	}
	_, err := run.Sample(3, 30)
	requireError(t, err, run.Dir, "30 steps", "a smaller step size")
}

func TestBuffer(t *testing.T) {
	images := trained(t, t.TempDir(), tinyImages(), pictures(), 2)
	all, err := images.Buffer(100)
	for i, value := range values(t, all, err) {
		if value < 0 || value > 1 {
			t.Fatalf("value %d is %g, outside [0, 1]", i, value)
		}
	}
	requireShape(t, all, 16, 1, 8, 8) // Two batches of 8, fewer than asked for.

	points := trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 5)
	whole, err := points.Buffer(20)
	held := values(t, whole, err)
	requireShape(t, whole, 20, 2) // Its capacity, though 40 samples were made.
	part, err := points.Buffer(4)
	few := values(t, part, err)
	requireShape(t, part, 4, 2)
	for i := range 4 { // Every fifth.
		if !slices.Equal(few[2*i:2*i+2], held[10*i:10*i+2]) {
			t.Errorf("sample %d of 4 is not that of row %d", i, 5*i)
		}
	}
	for i := range 19 {
		if slices.Equal(held[2*i:2*i+2], held[2*i+2:2*i+4]) {
			t.Errorf("rows %d and %d of the buffer are the same sample", i, i+1)
		}
	}
}

// An MLP with one hidden layer is E(x) = w2 · swish(W1 x + b1) + b2, with the average of the weights.
func TestEnergies(t *testing.T) {
	config := tinyPoints()
	config.Adam.LearningRate = 0.1
	run := trained(t, t.TempDir(), config, eightGaussians(), 5)
	points := []float32{0, 0, 1, -2, 3, 0.5}
	got, err := run.Energies(tensors.FromFlatDataAndDimensions(points, 3, 2))
	if err != nil {
		t.Fatal(err)
	}
	weights := floats(t, run, averagePath)
	w1, b1, w2, b2 := weights["hidden1/weight"], weights["hidden1/bias"], weights["energy/weight"], weights["energy/bias"]
	if len(w1) != 32 || len(b1) != 16 || len(w2) != 16 || len(b2) != 1 || len(got) != 3 {
		t.Fatalf("weights %v, energies %v", weights, got)
	}
	for i := range got {
		want := b2[0]
		for j := range 16 {
			h := w1[2*j]*float64(points[2*i]) + w1[2*j+1]*float64(points[2*i+1]) + b1[j]
			want += w2[j] * h / (1 + math.Exp(-h))
		}
		if math.Abs(got[i]-want) > 1e-5 {
			t.Errorf("E(%v) = %g, want %g", points[2*i:2*i+2], got[i], want)
		}
	}
}
