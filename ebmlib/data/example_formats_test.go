package data_test

import (
	"fmt"
	"log"

	"ebm/ebmlib/data"
)

func ExampleCIFAR10() {
	test, err := data.CIFAR10("", "test")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(test.Len(), test.Shape, test.Classes[test.Labels[0]])
}

// Any data set by its name; it is read a batch at a time.
func ExampleByName() {
	source, err := data.ByName("shapes@32", "", "train")
	if err != nil {
		log.Fatal(err)
	}
	batch, err := source.Read([]int{0, 100, 4})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(source.Info().Examples, batch.Len(), batch.Shape)
	// Output: 50000 3 [3 32 32]
}

// A set with two labellings, for an energy conditional on the second.
func ExampleSet_By() {
	set := &data.Set{
		Name: "two points", Shape: []int{2}, Floats: []float32{0, 0, 1, 1},
		Labels: []int32{1, 0}, Classes: []string{"left", "right"},
		Attributes: []data.Attribute{{Name: "height", Classes: []string{"low", "middle", "high"}, Labels: []int32{0, 2}}},
	}
	byHeight, err := set.By("height")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(byHeight.Labels, byHeight.Classes)
	// Output: [0 2] [low middle high]
}
