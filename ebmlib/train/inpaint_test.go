package train

import (
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/stat"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/data"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/samplers"
)

// examplesOf are all examples of a set, float32.
func examplesOf(t *testing.T, set *data.Set) *tensors.Tensor {
	t.Helper()
	x, err := set.Examples(0, 30)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// leftHalf is 1 in the left half of 8x8 pixels.
func leftHalf() *tensors.Tensor {
	mask := make([]float32, 64)
	for i := range mask {
		if i%8 < 4 {
			mask[i] = 1
		}
	}
	return tensors.FromFlatDataAndDimensions(mask, 8, 8)
}

func meanEnergy(t *testing.T, run *Run, x *tensors.Tensor) float64 {
	t.Helper()
	energies, err := run.Energies(x)
	if err != nil {
		t.Fatal(err)
	}
	return stat.Mean(energies, nil)
}

// In the free half of the images the energy falls, and the kept half comes back bit for bit, on every engine.
func TestInpaintKeepsWhatTheMaskKeeps(t *testing.T) {
	config := tinyImages()
	config.Chain = samplers.Langevin{StepSize: 5, Max: 1}
	run := trained(t, t.TempDir(), config, pictures(), 2)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		run.engine = engine
		x := examplesOf(t, pictures())
		before := tensors.MustCopyFlatData[float32](x)
		noise, err := run.Sample(30, 0)
		if err != nil {
			t.Fatal(err)
		}
		for from, start := range map[Origin][]float32{Given: before, Noise: tensors.MustCopyFlatData[float32](noise)} {
			at := slices.Clone(before)
			for i := range at {
				if i%8 >= 4 {
					at[i] = start[i]
				}
			}
			began, err := run.Inpaint(x, leftHalf(), from, 0)
			if !slices.Equal(values(t, began, err), at) {
				t.Errorf("from %s: the chain doesn't start there", from)
			}
			filled, err := run.Inpaint(x, leftHalf(), from, 23)
			after := values(t, filled, err)
			requireShape(t, filled, 30, 1, 8, 8)
			moved := 0
			for i := range after {
				if i%8 < 4 && after[i] != before[i] {
					t.Fatalf("from %s: kept value %d was %g and is %g", from, i, before[i], after[i])
				}
				if after[i] != at[i] {
					moved++
				}
			}
			if moved < len(after)/4 {
				t.Errorf("from %s: only %d of %d free values moved", from, moved, len(after)/2)
			}
			if e, was := meanEnergy(t, run, filled), meanEnergy(t, run, began); !(e < was) {
				t.Errorf("from %s: the mean energy was %g and is %g", from, was, e)
			}
		}
		if !slices.Equal(tensors.MustCopyFlatData[float32](x), before) {
			t.Error("the images that were given were changed")
		}
	})
}

// correlated is the energy of two normal coordinates of variance 1 and correlation 0.8.
func correlated(scope *model.Scope, x *Node) *Node {
	precision := Const(x.Graph(), [][]float32{{1 / 0.36, -0.8 / 0.36}, {-0.8 / 0.36, 1 / 0.36}})
	e := MulScalar(ReduceAndKeep(Mul(Dot(x, precision).Product(), x), ReduceSum, 1), 0.5)
	return Add(e, layers.Linear(scope, ZerosLike(e), 1))
}

// Given the first of two normal coordinates, a, with correlation ρ the second is normal with mean ρa and variance 1 - ρ².
func TestInpaintSamplesGivenWhatIsKept(t *testing.T) {
	config := tinyPoints()
	config.Model, config.Guard.MaxEnergy = custom{correlated}, 1e9
	config.Chain = samplers.MALA{StepSize: 0.2}
	run := trained(t, t.TempDir(), config, eightGaussians(), 1)
	const n, kept, mean, variance = 4000, 1.5, 1.2, 0.36
	x := tensors.FromFlatDataAndDimensions(slices.Repeat([]float32{kept, -3}, n), n, 2)
	filled, err := run.Inpaint(x, tensors.FromValue([]float32{1, 0}), Given, 60)
	var seconds []float64
	for i, value := range values(t, filled, err) {
		if i%2 == 1 {
			seconds = append(seconds, float64(value))
		} else if value != kept {
			t.Fatalf("a kept coordinate is %g, want %g", value, kept)
		}
	}
	m, v := stat.MeanVariance(seconds, nil)
	if math.Abs(m-mean) > 4*math.Sqrt(variance/n) || math.Abs(v-variance) > 4*variance*math.Sqrt(2.0/n) {
		t.Errorf("mean %.3f and variance %.3f, want %.3f and %.3f", m, v, mean, variance)
	}
}

// Chains with a test accept what they propose for free pixels, though kept ones lie at the bounds, where none of their own
// proposals would stay within.
func TestInpaintBesideKeptValuesAtTheBounds(t *testing.T) {
	config := tinyImages()
	run := trained(t, t.TempDir(), config, pictures(), 1)
	run.Config.Chain = samplers.MALA{StepSize: 1e-4, Max: 1}
	x := make([]float32, 64)
	for i := range x {
		if i%8 >= 4 {
			x[i] = 0.5
		}
	}
	filled, err := run.Inpaint(tensors.FromFlatDataAndDimensions(x, 1, 1, 8, 8), leftHalf(), Given, 10)
	for i, value := range values(t, filled, err) {
		if kept := i%8 < 4; kept != (value == x[i]) {
			t.Fatalf("value %d was %g and is %g", i, x[i], value)
		}
	}
}

func TestAMaskOfAllOnesGivesTheInput(t *testing.T) {
	run := trained(t, t.TempDir(), tinyImages(), pictures(), 1)
	x := examplesOf(t, pictures())
	mask := tensors.FromFlatDataAndDimensions(slices.Repeat([]float32{1}, 64), 1, 8, 8)
	filled, err := run.Inpaint(x, mask, Noise, 5)
	if !slices.Equal(values(t, filled, err), tensors.MustCopyFlatData[float32](x)) {
		t.Error("the result is not the input")
	}
}

// A mask of the example's shape keeps channels apart, and one [height, width] is the same for all.
func TestMasksOfChannels(t *testing.T) {
	run := threeLabels(t)
	x := examplesOf(t, colourPictures())
	before := tensors.MustCopyFlatData[float32](x)
	blue := slices.Concat(slices.Repeat([]float32{1}, 128), slices.Repeat([]float32{0}, 64))
	for name, test := range map[string]struct {
		mask *tensors.Tensor
		kept func(i int) bool
	}{
		"the last channel": {tensors.FromFlatDataAndDimensions(blue, 3, 8, 8), func(i int) bool { return i/64%3 < 2 }},
		"the right half":   {leftHalf(), func(i int) bool { return i%8 < 4 }},
	} {
		filled, err := run.Inpaint(x, test.mask, Noise, 2, 1)
		changed := 0
		for i, value := range values(t, filled, err) {
			if test.kept(i) && value != before[i] {
				t.Fatalf("%s: kept value %d was %g and is %g", name, i, before[i], value)
			}
			if !test.kept(i) && value != before[i] {
				changed++
			}
		}
		if changed == 0 {
			t.Errorf("%s: no free value changed", name)
		}
	}
}

// Without noise a chain from images goes downhill, of points too.
func TestDenoise(t *testing.T) {
	images, points := tinyImages(), tinyPoints()
	images.Chain, points.Chain = samplers.Langevin{StepSize: 5, Max: 1}, samplers.Langevin{StepSize: 0.04}
	for name, test := range map[string]struct {
		run *Run
		x   *tensors.Tensor
	}{
		"images": {trained(t, t.TempDir(), images, pictures(), 2), examplesOf(t, pictures())},
		"points": {trained(t, t.TempDir(), points, eightGaussians(), 2), examplesOf(t, eightGaussians())},
	} {
		same, err := test.run.Denoise(test.x, 0)
		if !slices.Equal(values(t, same, err), tensors.MustCopyFlatData[float32](test.x)) {
			t.Errorf("%s: no steps change them", name)
		}
		clean, err := test.run.Denoise(test.x, 12)
		values(t, clean, err)
		requireShape(t, clean, test.x.Shape().Dimensions...)
		if e, was := meanEnergy(t, test.run, clean), meanEnergy(t, test.run, test.x); !(e < was) {
			t.Errorf("%s: the mean energy was %g and is %g", name, was, e)
		}
	}
}

func TestInpaintIsRefused(t *testing.T) {
	run, conditional := trained(t, t.TempDir(), tinyImages(), pictures(), 1), threeLabels(t)
	x := examplesOf(t, pictures())
	floats := func(values []float32, dims ...int) *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(values, dims...)
	}
	infinite := make([]float32, 128)
	infinite[70] = float32(math.Inf(1))
	for name, test := range map[string]struct {
		run     *Run
		x, mask *tensors.Tensor
		from    Origin
		steps   int
		words   []string
	}{
		"untrained":       {mustOpen(t, t.TempDir(), tinyImages()), x, leftHalf(), Noise, 1, []string{"train it first"}},
		"other examples":  {run, floats(make([]float32, 50), 2, 1, 5, 5), leftHalf(), Noise, 1, []string{run.Dir, "[2, 1, 5, 5]", "[1 8 8]"}},
		"one example":     {run, floats(make([]float32, 64), 1, 8, 8), leftHalf(), Noise, 1, []string{run.Dir, "[n, ...]"}},
		"bytes":           {run, tensors.FromFlatDataAndDimensions(make([]uint8, 64), 1, 1, 8, 8), leftHalf(), Noise, 1, []string{"Uint8", "give float32"}},
		"not finite":      {run, floats(infinite, 2, 1, 8, 8), leftHalf(), Noise, 1, []string{"example 1", "+Inf"}},
		"other mask":      {run, x, floats(make([]float32, 25), 5, 5), Noise, 1, []string{"mask", "[5, 5]", "[1 8 8]", "[height, width]"}},
		"grey mask":       {run, x, floats(slices.Repeat([]float32{0.5}, 64), 8, 8), Noise, 1, []string{"mask holds 0.5", "1 where"}},
		"mask of bytes":   {run, x, tensors.FromFlatDataAndDimensions(make([]uint8, 64), 8, 8), Noise, 1, []string{"mask", "Uint8", "give float32"}},
		"from the buffer": {run, x, leftHalf(), Buffer, 1, []string{`"buffer"`, `"noise"`, `"given"`}},
		"negative steps":  {run, x, leftHalf(), Noise, -1, []string{"-1 steps"}},
		"no labels":       {conditional, examplesOf(t, colourPictures()), leftHalf(), Noise, 1, []string{conditional.Dir, "conditional", "one for each"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.run.Inpaint(test.x, test.mask, test.from, test.steps)
			requireError(t, err, test.words...)
		})
	}
}
