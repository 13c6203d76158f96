package data_test

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"ebm/ebmlib/data"
)

// The best real digits in the data directory, whichever they are, in the one form.
func ExampleDigits() {
	digits, err := data.Digits("")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(digits.Name, digits.Len(), digits.Shape)
}

func ExampleMNIST() {
	test, err := data.MNIST("", "test")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(test.Len(), test.Shape, test.Labels[0])
}

// Two images of 2 x 2 with their labels, written and read.
func ExampleIDX() {
	dir, err := os.MkdirTemp("", "idx")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	images, labels := filepath.Join(dir, "images"), filepath.Join(dir, "labels")
	if err := data.WriteIDX(images, []int{2, 2, 2}, []uint8{0, 255, 255, 0, 255, 0, 0, 255}); err != nil {
		log.Fatal(err)
	}
	if err := data.WriteIDX(labels, []int{2}, []uint8{0, 1}); err != nil {
		log.Fatal(err)
	}

	set, err := data.IDX(images, labels)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(set.Name, set.Len(), set.Shape, set.Labels)
	// Output: images 2 [1 2 2] [0 1]
}

// A fixed set of points, and the mean log density of the points under the density they come from: minus its entropy.
func ExamplePoints() {
	density := data.EightGaussians()
	points := data.Points(density, 10_000, 1)
	var sum float64
	for i := 0; i < len(points.Floats); i += 2 {
		sum += density.LogDensity(float64(points.Floats[i]), float64(points.Floats[i+1]))
	}
	fmt.Println(points.Name, points.Len(), points.Shape)
	fmt.Printf("%.1f nats\n", sum/float64(points.Len()))
	// Output:
	// eight-gaussians 10000 [2]
	// -2.8 nats
}

// Fresh points at each call, as for training on an unlimited set.
func ExampleDensity2D_Sample() {
	rng := rand.New(rand.NewPCG(1, 0))
	batch := data.Moons().Sample(rng, 128)
	fmt.Println(len(batch))
	// Output: 256
}

// A set with a value that is no number is refused before it can spoil a training.
func ExampleSet_Check() {
	points := data.Points(data.Rings(), 100, 1)
	points.Floats[7] = float32(math.NaN())
	fmt.Println(points.Check())
	// Output: data set "rings": example 3 has the value NaN at coordinate 1: remove the example or mend its value
}
