package train_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/data"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
	"ebm/ebmlib/train"
)

// train5 trains a small energy for five steps.
func train5(dir string, density data.Density2D) *train.Run {
	config := train.Points()
	config.Model = models.MLP{Hidden: []int{16}}
	config.Batch = 32
	run, err := train.Open(dir, config)
	if err != nil {
		log.Fatal(err)
	}
	if err := run.Train(data.Points(density, 1000, 0), 5); err != nil {
		log.Fatal(err)
	}
	return run
}

// Points that are on the rings and, less so, not in the moons.
func ExampleComposition() {
	dir, err := os.MkdirTemp("", "runs")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	rings, moons := train5(filepath.Join(dir, "rings"), data.Rings()), train5(filepath.Join(dir, "moons"), data.Moons())

	composition := train.Composition{{Run: rings, Weight: 1}, {Run: moons, Weight: -0.5}}
	samples, err := composition.Sample(10, 50)
	if err != nil {
		log.Fatal(err)
	}
	energies, err := composition.Energies(samples)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("samples", samples.Shape(), "and", len(energies), "energies")
	// Output: samples (Float32)[10, 2] and 10 energies
}

// Chains that go on from the replay buffer, in two rounds, of smaller steps than the training's.
func ExampleRun_SampleWith() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	run := train5(dir, data.Moons())

	samples, err := run.SampleWith(train.Sampling{Count: 10, From: train.Buffer, Rounds: 2, Steps: 20, Chain: samplers.MALA{StepSize: 0.01}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("samples", samples.Shape())
	// Output: samples (Float32)[10, 2]
}

// The second coordinate of points whose first is 1.
func ExampleRun_Inpaint() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	run := train5(dir, data.Moons())

	x, mask := tensors.FromValue([][]float32{{1, 0}, {1, 0}, {1, 0}}), tensors.FromValue([]float32{1, 0})
	filled, err := run.Inpaint(x, mask, train.Noise, 50)
	if err != nil {
		log.Fatal(err)
	}
	for _, point := range filled.Value().([][]float32) {
		fmt.Println("first", point[0], "kept; second drawn:", point[1] != 0)
	}
	// Output:
	// first 1 kept; second drawn: true
	// first 1 kept; second drawn: true
	// first 1 kept; second drawn: true
}

// The log likelihood of points that the training hasn't seen lies between the bounds, which ever more steps bring together.
func ExampleRun_LogLikelihood() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	run := train5(dir, data.Moons())

	ais := samplers.AIS{Chain: samplers.MALA{StepSize: 0.1}, Steps: 50, Deviation: 2}
	likelihood, err := run.LogLikelihood(data.Points(data.Moons(), 100, 1), 100, ais)
	if err != nil {
		log.Fatal(err)
	}
	bounds := []float64{likelihood.Lower, likelihood.Upper} // of the mean over the points, in nats
	fmt.Println(len(bounds), "bounds, by", len(likelihood.Energies), "chains each")
	// Output: 2 bounds, by 100 chains each
}
