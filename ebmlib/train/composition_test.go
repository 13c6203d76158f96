package train

import (
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/stat"

	"ebm/ebmlib/layers"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/samplers"
)

// bell is the energy of normal densities, the same in each coordinate, in one column or in several that add up to it. Its weight, as a
// model must have one, shifts the energy alone.
type bell struct {
	Mean, Variance float64
	Scales         int
}

func (b bell) Energy(scope *model.Scope, x, condition *Node) *Node {
	e := DivScalar(ReduceAndKeep(Square(AddScalar(x, -b.Mean)), ReduceSum, 1), 2*b.Variance*float64(b.Scales))
	e = Add(e, layers.Linear(scope, ZerosLike(e), 1))
	return Concatenate(slices.Repeat([]*Node{e}, b.Scales), 1)
}

// bellRun is a run of this energy, sampled exactly.
func bellRun(t *testing.T, b bell) *Run {
	t.Helper()
	config := tinyPoints()
	config.Model, config.Guard.MaxEnergy = b, 1e9
	config.Chain = samplers.MALA{StepSize: 0.5}
	return trained(t, t.TempDir(), config, eightGaussians(), 1)
}

// The precisions 1/variance of normal densities add up in their product, as do their means times these, and a weight multiplies both.
func TestSamplesOfACompositionOfGaussians(t *testing.T) {
	wide, narrow := bellRun(t, bell{-1, 4, 1}), bellRun(t, bell{2, 1, 3})
	for name, test := range map[string]struct{ weight, mean, variance float64 }{
		"product":  {1, (-1*0.25 + 2*1) / 1.25, 1 / 1.25},
		"weighted": {3, (-3*0.25 + 2*1) / 1.75, 1 / 1.75},
		"negation": {-1, (1*0.25 + 2*1) / 0.75, 1 / 0.75},
	} {
		t.Run(name, func(t *testing.T) {
			samples, err := Composition{{Run: wide, Weight: test.weight}, {Run: narrow, Weight: 1}}.Sample(4000, 60)
			var x []float64
			for _, value := range values(t, samples, err) {
				x = append(x, float64(value))
			}
			requireShape(t, samples, 4000, 2)
			mean, variance := stat.MeanVariance(x, nil)
			n := float64(len(x))
			if math.Abs(mean-test.mean) > 4*math.Sqrt(test.variance/n) {
				t.Errorf("mean %.4f, want %.4f ± %.4f", mean, test.mean, math.Sqrt(test.variance/n))
			}
			if math.Abs(variance-test.variance) > 4*test.variance*math.Sqrt(2/n) {
				t.Errorf("variance %.4f, want %.4f ± %.4f", variance, test.variance, test.variance*math.Sqrt(2/n))
			}
		})
	}
}

// threeLabels is a run of a conditional energy.
func threeLabels(t *testing.T) *Run {
	t.Helper()
	return trained(t, t.TempDir(), tinyMethod(), colourPictures(), 2)
}

func TestCompositionOfOneRunIsTheRun(t *testing.T) {
	for name, test := range map[string]struct {
		run    *Run
		labels []int32
	}{
		"points":          {trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 3), nil},
		"images":          {trained(t, t.TempDir(), tinyImages(), pictures(), 2), nil},
		"classes in turn": {threeLabels(t), nil},
		"a class":         {threeLabels(t), []int32{2}},
	} {
		t.Run(name, func(t *testing.T) {
			alone := Composition{{Run: test.run, Weight: 1, Labels: test.labels}}
			want, err := test.run.Sample(5, 13, test.labels...)
			wanted := values(t, want, err)
			got, err := alone.Sample(5, 13)
			if !slices.Equal(values(t, got, err), wanted) {
				t.Error("its samples are not the run's")
			}
		})
	}
}

// Energies add up, weighted, also those of one conditional run under two labels.
func TestEnergiesOfAComposition(t *testing.T) {
	run, config := threeLabels(t), tinyMethod()
	config.Seed = 7
	other := trained(t, t.TempDir(), config, colourPictures(), 2)
	x := examplesOf(t, colourPictures())
	part := func(run *Run, label int32) []float64 {
		e, err := run.Energies(x, label)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	first, second, third := part(run, 0), part(run, 2), part(other, 1)
	got, err := Composition{{run, 1, []int32{0}}, {run, -0.5, []int32{2}}, {other, 2, []int32{1}}}.Energies(x)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(first, second) || slices.Equal(first, third) {
		t.Fatal("the parts are the same: the test sees nothing")
	}
	for i := range got {
		if want := first[i] - 0.5*second[i] + 2*third[i]; math.Abs(got[i]-want) > 1e-5 {
			t.Errorf("E of row %d is %g, want %g", i, got[i], want)
		}
	}
}

// In labelled's composition of two labels samples lie between them; negated, a label pushes them away.
func TestCompositionOfLabels(t *testing.T) {
	config := tinyMethod()
	config.Model, config.Terms = labelled{}, losses.Improved()[:1]
	config.Chain = samplers.Langevin{StepSize: 0.5, Max: 1}
	config.Adam.LearningRate, config.Guard.MaxEnergy = 1e-9, 1e6
	run := trained(t, t.TempDir(), config, colourPictures(), 1)
	for name, test := range map[string]struct {
		composition Composition
		want        float64
	}{
		"both":       {Composition{{run, 1, []int32{1}}, {run, 1, []int32{2}}}, 0.375},
		"not zero's": {Composition{{run, 1, []int32{1}}, {run, -0.5, []int32{0}}}, 0.5},
	} {
		samples, err := test.composition.Sample(3, 60)
		for _, pixel := range values(t, samples, err) {
			if math.Abs(float64(pixel)-test.want) > 1e-3 {
				t.Fatalf("%s: a pixel is %g, want %g", name, pixel, test.want)
			}
		}
	}
}

func TestEnergiesOfAScalarAreRefused(t *testing.T) {
	run := bellRun(t, bell{0, 1, 1})
	_, err := run.Energies(tensors.FromValue(float32(1)))
	requireError(t, err, run.Dir, "single number", "[2]", "[n, ...]")
}

func TestCompositionIsRefused(t *testing.T) {
	points, images, conditional := bellRun(t, bell{0, 1, 1}), trained(t, t.TempDir(), tinyImages(), pictures(), 1), threeLabels(t)
	untrained := mustOpen(t, t.TempDir(), tinyPoints())
	for name, test := range map[string]struct {
		composition Composition
		words       []string
	}{
		"no parts":        {nil, []string{"no parts", "at least one"}},
		"no run":          {Composition{{Run: points, Weight: 1}, {Weight: 1}}, []string{"part 2", "train.Load"}},
		"untrained":       {Composition{{Run: untrained, Weight: 1}}, []string{untrained.Dir, "train it first"}},
		"no weight":       {Composition{{Run: points}}, []string{points.Dir, "weight 0", "not 0"}},
		"infinite weight": {Composition{{Run: points, Weight: math.Inf(1)}}, []string{points.Dir, "+Inf", "finite"}},
		"other examples":  {Composition{{Run: points, Weight: 1}, {Run: images, Weight: 1}}, []string{points.Dir, images.Dir, "[2]", "[1 8 8]"}},
		"no such label":   {Composition{{conditional, 1, []int32{3}}}, []string{conditional.Dir, "no label 3", "0 to 2"}},
		"unconditional":   {Composition{{points, 1, []int32{0}}}, []string{points.Dir, "labels were given", "not conditional"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.composition.Sample(4, 1)
			requireError(t, err, test.words...)
			_, err = test.composition.Energies(tensors.FromFlatDataAndDimensions(make([]float32, 4), 2, 2))
			requireError(t, err, test.words...)
		})
	}
}
