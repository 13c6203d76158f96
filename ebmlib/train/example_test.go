package train_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"ebm/ebmlib/data"
	"ebm/ebmlib/models"
	"ebm/ebmlib/train"
)

// A script that trains an energy on points and samples from it.
func Example() {
	dir, err := os.MkdirTemp("", "runs")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	config := train.Points()
	config.Model = models.MLP{Hidden: []int{16}}
	config.Batch = 32
	run, err := train.Open(filepath.Join(dir, "moons"), config)
	if err != nil {
		log.Fatal(err)
	}
	if err := run.Train(data.Points(data.Moons(), 1000, 0), 5); err != nil {
		log.Fatal(err)
	}
	samples, err := run.Sample(10, 20)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(run.Step(), "steps,", len(run.Metrics()["loss"]), "losses, samples", samples.Shape())
	// Output: 5 steps, 5 losses, samples (Float32)[10, 2]
}

// A run that is there is opened with the configuration that it has.
func ExampleLoad() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	config := train.Points()
	config.Steps = 7
	if _, err := train.Open(dir, config); err != nil {
		log.Fatal(err)
	}

	run, err := train.Load(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v, %d chain steps, batch %d\n", run.Config.Model, run.Config.Steps, run.Config.Batch)
	// Output: {Hidden:[128 128]}, 7 chain steps, batch 256
}

// A configuration is refused with the paper's value beside what makes no sense.
func ExampleConfig_Check() {
	config := train.PaperMNIST()
	config.Steps = 0
	config.Adam.LearningRate = -1
	fmt.Println(config.Check())
	// Output:
	// Steps is 0: a chain takes at least 1 (the paper's takes 40)
	// Adam.LearningRate is -1: it must be above 0 and finite (the paper's is 2e-4)
}

// How chains look on their way from noise.
func ExampleRun_Chains() {
	dir, err := os.MkdirTemp("", "run")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	config := train.Points()
	config.Model = models.MLP{Hidden: []int{16}}
	config.Batch = 32
	run, err := train.Open(dir, config)
	if err != nil {
		log.Fatal(err)
	}
	if err := run.Train(data.Points(data.Rings(), 1000, 0), 2); err != nil {
		log.Fatal(err)
	}
	frames, err := run.Chains(6, []int{0, 10, 20})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("frames, chains, coordinates:", frames.Shape().Dimensions)
	// Output: frames, chains, coordinates: [3 6 2]
}
