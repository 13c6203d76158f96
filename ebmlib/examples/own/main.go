// Command own trains a network of its own by a loss term and a chain of its own, on a density of its own: what to copy to try an idea.
//
//	go run ./ebmlib/examples/own
//
// Delete runs/own after a change of this code: a run's configuration has the types' names and fields, and not what they do.
package main

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/data"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/plots"
	"ebm/ebmlib/samplers"
	"ebm/ebmlib/train"
)

// Residual is a network of Blocks layers that are added to what they are given.
type Residual struct{ Width, Blocks int }

func (m Residual) Energy(scope *model.Scope, x, _ *Node) *Node {
	h := layers.Linear(scope.At("in"), x, m.Width)
	for i := range m.Blocks {
		h = Add(h, layers.Linear(scope.At("block%d", i+1), layers.Swish(h), m.Width))
	}
	return layers.Linear(scope.At("out"), layers.Swish(h), 1)
}

// energyGap keeps the mean energies of data and samples together: (mean E(x⁺) - mean E(x⁻))².
func energyGap(weight float64) losses.Term {
	return losses.Term{Name: "gap", Weight: weight, Loss: func(b losses.Batch) *Node {
		return Square(Sub(ReduceAllMean(b.EnergyData), ReduceAllMean(b.EnergySamples)))
	}}
}

// Bounded is Langevin dynamics whose gradient moves no coordinate farther than Most in a step: where a wall is steep it doesn't overshoot.
type Bounded struct{ StepSize, Noise, Most float64 }

func (c Bounded) Step(energy samplers.Energy, s samplers.State) (samplers.State, samplers.Info) {
	random, noise := RandomNormal(s.Random, s.X.Shape())
	y := Add(s.X, MulScalar(noise, c.Noise))
	gradient := layers.InputGradient(energy(y), y)
	x := Sub(y, MulScalar(Tanh(MulScalar(gradient, c.StepSize/c.Most)), c.Most))
	info := samplers.Info{
		GradientNorm: samplers.Norms(StopGradient(gradient)),
		Distance:     samplers.Norms(StopGradient(Sub(x, s.X))),
	}
	s.X, s.Random = x, random
	return s, info
}

func (c Bounded) Check() error {
	if !(c.StepSize > 0 && c.Noise >= 0 && c.Most > 0) {
		return fmt.Errorf("%+v: StepSize and Most must be above 0, and Noise not below", c)
	}
	return nil
}

// lemniscate is a figure of eight, blurred.
var lemniscate = data.Density2D{Name: "lemniscate", Draw: func(rng *rand.Rand) (x, y float64) {
	sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
	return 3*cos + 0.1*rng.NormFloat64(), 3*sin*cos + 0.1*rng.NormFloat64()
}}

func main() {
	config := train.Points() // With what is changed below.
	config.Model = Residual{Width: 64, Blocks: 2}
	config.Chain = Bounded{StepSize: 0.04, Noise: math.Sqrt(2 * 0.04), Most: 0.5}
	config.Terms = append(config.Terms, energyGap(0.1))
	config.Adam.LearningRate = 1e-3
	run, err := train.Open("runs/own", config)
	check(err)
	check(run.Train(data.Points(lemniscate, 20_000, 0), 500))
	samples, err := run.Sample(1000, 300)
	check(err)
	m := plots.Map{XMin: -4, XMax: 4, YMin: -4, YMax: 4, Columns: 150, Rows: 150, Label: "energy"}
	m.Values, err = run.Energies(tensors.FromFlatDataAndDimensions(m.Points(), m.Columns*m.Rows, 2))
	check(err)
	check(plots.Save("runs/own/samples.png", plots.EnergyMap("energy and samples", m, tensors.MustCopyFlatData[float32](samples))))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
