package samplers_test

import (
	"fmt"
	"log"

	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/samplers"
)

// A red pixel beside a blue one: exchanged, then grey.
func ExampleTransitions() {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		log.Fatal(err)
	}
	transitions := samplers.Transitions{
		samplers.HorizontalFlip{Probability: 1},
		samplers.Grey{Probability: 1},
	}
	if err := transitions.Check(); err != nil {
		log.Fatal(err)
	}
	exec, err := NewExec(engine.Backend, transitions.Apply)
	if err != nil {
		log.Fatal(err)
	}
	random, err := RNGStateFromSeed(1)
	if err != nil {
		log.Fatal(err)
	}
	outputs, err := exec.Call(random, [][][][]float32{{{{1, 0}}, {{0, 0}}, {{0, 1}}}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(outputs[1].Value())
	// Output: [[[[0.114 0.299]] [[0.114 0.299]] [[0.114 0.299]]]]
}
