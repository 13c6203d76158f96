package train

import (
	"math"
	"math/rand/v2"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/stat"

	"ebm/ebmlib/data"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/samplers"
)

// slanted is the energy 3 Σx of images, and so on [0, 1] the density 3 exp(-3x) / (1 - exp(-3)) of each value. Its weight shifts it.
type slanted struct{}

func (slanted) Energy(scope *model.Scope, x, condition *Node) *Node {
	e := MulScalar(ReduceAndKeep(Reshape(x, x.Shape().Dim(0), -1), ReduceSum, 1), 3)
	return Add(e, layers.Linear(scope, ZerosLike(e), 1))
}

// Both bounds, and what they are made of, come to what is known of the density.
func TestLogLikelihood(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	points := &data.Set{Name: "normal points", Shape: []int{2}}
	for range 2 * 300 {
		points.Floats = append(points.Floats, float32(1+0.5*random.NormFloat64()))
	}
	images := tinyImages()
	images.Model, images.Guard.MaxEnergy = slanted{}, 1e9
	const values = 8 * 8
	for name, test := range map[string]struct {
		run    *Run
		set    *data.Set
		ais    samplers.AIS
		weight float64
		zero   *tensors.Tensor // an example whose energy is 0 but for the shift
		logZ   float64         // without the shift
		gap    float64         // the widest gap between the bounds that is let pass
	}{
		"points": {bellRun(t, bell{1, 0.25, 3}), points, samplers.AIS{Chain: samplers.MALA{StepSize: 0.2}, Steps: 400, Mean: 0.5, Deviation: 1}, 1,
			tensors.FromValue([][]float32{{1, 1}}), math.Log(2 * math.Pi * 0.25), 0.15},
		"points, half the temperature": {bellRun(t, bell{1, 0.5, 1}), points, samplers.AIS{Chain: samplers.MALA{StepSize: 0.2}, Steps: 400, Mean: 0.5, Deviation: 1}, 2,
			tensors.FromValue([][]float32{{1, 1}}), math.Log(2 * math.Pi * 0.25), 0.15},
		"images": {trained(t, t.TempDir(), images, pictures(), 1), pictures(), samplers.AIS{Chain: samplers.MALA{StepSize: 0.3}, Steps: 400, Deviation: 1}, 1,
			tensors.FromFlatDataAndDimensions(make([]float32, values), 1, 1, 8, 8), values * math.Log((1-math.Exp(-3))/3), 8},
	} {
		t.Run(name, func(t *testing.T) {
			composition := Composition{{Run: test.run, Weight: test.weight}}
			shift, err := composition.Energies(test.zero)
			if err != nil {
				t.Fatal(err)
			}
			logZ := test.logZ - shift[0]
			got, err := composition.LogLikelihood(test.set, test.set.Len(), test.ais)
			if err != nil {
				t.Fatal(err)
			}
			if !(math.Abs(got.LogZ.Value-logZ) <= 4*got.LogZ.StandardError && got.LogZ.StandardError < 0.5) {
				t.Errorf("log Z is estimated as %+v, want %.4f", got.LogZ, logZ)
			}
			exact := -stat.Mean(got.Energies, nil) - logZ // of these examples
			if math.Abs(got.Upper-exact) > 4*got.LogZ.StandardError {
				t.Errorf("the upper estimate is %.4f, want %.4f", got.Upper, exact)
			}
			if !(got.Lower < exact && got.Lower > exact-test.gap) {
				t.Errorf("the lower bound is %.4f ± %.4f, want a little less than %.4f", got.Lower, got.LowerError, exact)
			}
			if test.weight != 1 {
				return
			}
			alone, err := test.run.LogLikelihood(test.set, test.set.Len(), test.ais)
			if err != nil || alone.Lower != got.Lower || alone.Upper != got.Upper {
				t.Errorf("the run's is in [%g, %g], its composition's in [%g, %g] (%v)", alone.Lower, alone.Upper, got.Lower, got.Upper, err)
			}
		})
	}
}

func TestLogLikelihoodIsRefused(t *testing.T) {
	run := trained(t, t.TempDir(), tinyImages(), pictures(), 1)
	ais := samplers.AIS{Chain: samplers.MALA{StepSize: 0.1}, Steps: 2, Deviation: 1}
	bounded := ais
	bounded.Chain = samplers.MALA{StepSize: 0.1, Max: 1}
	for name, test := range map[string]struct {
		run   *Run
		set   *data.Set
		n     int
		ais   samplers.AIS
		words []string
	}{
		"untrained":   {mustOpen(t, t.TempDir(), tinyPoints()), eightGaussians(), 5, ais, []string{"train it first"}},
		"points":      {run, eightGaussians(), 5, ais, []string{run.Dir, "[2]", "[1 8 8]"}},
		"too many":    {run, pictures(), 31, ais, []string{run.Dir, "pictures", "31", "30"}},
		"one":         {run, pictures(), 1, ais, []string{run.Dir, "at least 2"}},
		"bounds":      {run, pictures(), 5, bounded, []string{run.Dir, "bounds", "leave Min and Max 0"}},
		"no chain":    {run, pictures(), 5, samplers.AIS{Steps: 2, Deviation: 1}, []string{run.Dir, "there is no chain"}},
		"conditional": {threeLabels(t), colourPictures(), 5, ais, []string{"its energy is conditional"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := test.run.LogLikelihood(test.set, test.n, test.ais)
			requireError(t, err, test.words...)
		})
	}
}
