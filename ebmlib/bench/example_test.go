package bench_test

import (
	"fmt"
	"log"

	"ebm/ebmlib/bench"
	"ebm/ebmlib/models"
)

func ExampleParse() {
	works, err := bench.Parse([]string{"cifar64:batch=256,steps=20"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(works[0].Name, "takes", works[0].Gradients(), "gradients of the energy in x a training step")
	// Output: cifar64:batch=256,steps=20 takes 5120 gradients of the energy in x a training step
}

func ExampleEnergyFLOPs() {
	for _, filters := range []int{16, 64} {
		flops, err := bench.EnergyFLOPs(models.CIFAR10{Filters: filters, Scales: 3, Attention: true}, []int{3, 32, 32})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("CIFAR10 with %d filters: %.2f GFLOP an image\n", filters, flops/1e9)
	}
	// Output:
	// CIFAR10 with 16 filters: 0.06 GFLOP an image
	// CIFAR10 with 64 filters: 0.91 GFLOP an image
}
