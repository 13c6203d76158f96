package samplers_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/samplers"
)

// Three steps downhill on E = ‖x‖²/2 without noise: each halves x.
func ExampleLangevin() {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		log.Fatal(err)
	}
	energy := func(x *Node) *Node { return MulScalar(ReduceAndKeep(Square(x), ReduceSum, 1), 0.5) }
	chain := samplers.Langevin{StepSize: 0.5}
	exec, err := NewExec(engine.Backend, func(x, random *Node) (*Node, *Node) {
		var info samplers.Info
		state := samplers.Init(x, random)
		for range 3 {
			state, info = chain.Step(energy, state.Detach())
		}
		return state.X, info.Distance
	})
	if err != nil {
		log.Fatal(err)
	}
	random, err := RNGStateFromSeed(1)
	if err != nil {
		log.Fatal(err)
	}
	outputs, err := exec.Call([][]float32{{8, -16}}, random)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(outputs[0].Value(), "after a last step of", outputs[1].Value())
	// Output: [[1 -2]] after a last step of [2.236068]
}

// A buffer of four takes the first four samples as they come.
func ExampleReservoir() {
	replay := samplers.Reservoir{Capacity: 4, Restart: 0.001}
	random := rand.New(rand.NewPCG(1, 2))
	_, restart := replay.Starts(random, 0, 2)
	fmt.Println(restart, replay.Slots(random, 0, 2), replay.Slots(random, 2, 2), replay.Len(4))
	// Output: [true true] [0 1] [2 3] 4
}
