package train

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"ebm/ebmlib/data"
	measures "ebm/ebmlib/metrics"
	"ebm/ebmlib/samplers"
)

// Likelihood is what annealed importance sampling tells of the density exp(-E(x))/Z at examples, in nats. With ever more steps both
// estimates come to the mean log likelihood; how far they lie apart tells how far either may be off.
type Likelihood struct {
	LogZ measures.LogZ // by the chains from the base

	Upper, UpperError float64 // the mean of -E(x_i), less LogZ, whose expectation lies above the truth; and its standard error
	Lower, LowerError float64 // metrics.RAISE, a lower bound under the density of where the chains from the base end; and its standard error

	Energies         []float64 // of the examples
	Forward, Reverse samplers.AISResult
}

// LogLikelihood estimates how likely the first n examples of a source are under the run's energy, by the moving average of the weights: n
// chains of annealed importance sampling come from the base, and one goes back from each example.
//
//	ais := samplers.AIS{Chain: samplers.MALA{StepSize: 0.02}, Steps: 1000, Deviation: 3}
//	likelihood, err := run.LogLikelihood(heldOut, 500, ais)
//
// Images have their density on [0, 1], at (byte + u)/256 with u uniform in [0, 1]. A chain in that cube would have nearly all its proposals refused
// at the faces. It runs in y without bounds instead, x = Φ(y) with Φ the normal distribution function, where the density
// is exp(-E(Φ(y)) - ‖y‖²/2) (2π)^(-d/2), of the same Z; the base of Mean 0 and Deviation 1 is uniform noise in x. The discrete log likelihood of
// the bytes is at least that of x, less log 256 a value.
//
// The density is that of E at temperature 1, which is what the chain of training samples if its noise is √(2 StepSize), as of [Points]. One
// of less noise samples another, nearly exp(-E/T) with T = Noise²/(2 StepSize): see [Composition.LogLikelihood].
//
// Errors: the source is damaged, or its examples are not of the run's shape and kind; less than 2 examples; a conditional energy;
// those of [samplers.AIS]; a chain with bounds for images.
func (r *Run) LogLikelihood(source data.Source, n int, ais samplers.AIS) (Likelihood, error) {
	return r.alone(nil).LogLikelihood(source, n, ais)
}

// LogLikelihood estimates as [Run.LogLikelihood] does for the composed energy. Of one run with the weight 1/T it is that of exp(-E/T):
//
//	train.Composition{{Run: run, Weight: 1 / T}}.LogLikelihood(heldOut, 500, ais)
//
// A conditional run needs its label, one for all.
func (c Composition) LogLikelihood(source data.Source, n int, ais samplers.AIS) (Likelihood, error) {
	if err := c.check(); err != nil {
		return Likelihood{}, err
	}
	fail := func(err error) (Likelihood, error) {
		return Likelihood{}, fmt.Errorf("log likelihood under %s: %w", c.name(), plain(err))
	}
	x, err := c[0].Run.firstExamples(source, n)
	if err != nil {
		return fail(err)
	}
	defer x.FinalizeAll()
	b, err := c.bind(n)
	if err != nil {
		return fail(err)
	}
	b.weights.WithVariableAsConst(true) // For samplers an energy is a function of x alone.
	energy := func(x *Node) *Node { return b.energyAt(b.weights.RootScope(), x.Graph())(x) }
	start := x
	if len(b.first.example) == 3 {
		if chain, ok := ais.Chain.(samplers.Bounded); ok {
			if lowest, highest := chain.Bounds(); lowest != 0 || highest != 0 {
				return fail(errors.New("the chain has bounds; that of images runs in coordinates without any: leave Min and Max 0"))
			}
		}
		energy, start = inNormal(energy), quantiles(x)
	}

	result := Likelihood{}
	if result.Energies, err = c.Energies(x); err != nil {
		return Likelihood{}, err
	}
	if result.Forward, err = ais.Forward(b.first.engine, energy, b.dims(), b.config.Seed+1); err != nil {
		return fail(err)
	}
	if result.Reverse, err = ais.Reverse(b.first.engine, energy, start, b.config.Seed+2); err != nil {
		return fail(err)
	}
	if result.LogZ, err = measures.ForwardLogZ(result.Forward.LogWeights); err != nil {
		return fail(err)
	}
	mean, deviation := stat.MeanStdDev(result.Energies, nil)
	result.Upper = -mean - result.LogZ.Value
	result.UpperError = math.Hypot(deviation/math.Sqrt(float64(n)), result.LogZ.StandardError)
	result.Lower, result.LowerError, err = measures.RAISE(result.Energies, result.Reverse.LogWeights)
	return result, err
}

// firstExamples are the first n of a source, images as values in (0, 1).
func (r *Run) firstExamples(source data.Source, n int) (*tensors.Tensor, error) {
	if err := checkSource(source); err != nil {
		return nil, err
	}
	if err := r.canTake(source, n); err != nil {
		return nil, err
	}
	if n < 2 {
		return nil, fmt.Errorf("%d examples were asked for; the standard error needs at least 2", n)
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	set, err := readRows(source, rows)
	if err != nil {
		return nil, err
	}
	if set.Bytes == nil {
		return set.Tensor(), nil
	}
	// The byte takes 8 of the 24 binary digits of a float32 and u the others, the last of them 1, so that no value is 0 or rounded up to 1.
	random := rand.New(rand.NewPCG(uint64(r.Config.Seed+1), 0))
	values := make([]float32, len(set.Bytes))
	for i, value := range set.Bytes {
		values[i] = (float32(value) + (float32(random.IntN(1<<15))+0.5)/(1<<15)) / 256
	}
	return tensors.FromFlatDataAndDimensions(values, append([]int{n}, set.Shape...)...), nil
}

// inNormal is the energy in y of a density in x = Φ(y), with Z as it was.
func inNormal(energy samplers.Energy) samplers.Energy {
	return func(y *Node) *Node {
		x := MulScalar(AddScalar(Erf(MulScalar(y, math.Sqrt2/2)), 1), 0.5)
		rows := Reshape(y, y.Shape().Dim(0), -1)
		squares := ReduceAndKeep(Square(rows), ReduceSum, 1)
		constant := 0.5 * float64(rows.Shape().Dim(1)) * math.Log(2*math.Pi)
		return Add(ReduceAndKeep(energy(x), ReduceSum, 1), AddScalar(MulScalar(squares, 0.5), constant))
	}
}

// quantiles are y = Φ⁻¹(x) of x in (0, 1).
func quantiles(x *tensors.Tensor) *tensors.Tensor {
	values := tensors.MustCopyFlatData[float32](x)
	for i, value := range values {
		values[i] = float32(distuv.UnitNormal.Quantile(float64(value)))
	}
	return tensors.FromFlatDataAndDimensions(values, x.Shape().Dimensions...)
}
