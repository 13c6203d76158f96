package samplers_test

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/metrics"
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

// Without a test HMC is mechanics: one oscillation of E = x²/2, in 100 leapfrog steps, ends where it began.
func ExampleHMC() {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		log.Fatal(err)
	}
	energy := func(x *Node) *Node { return MulScalar(Square(x), 0.5) }
	chain := samplers.HMC{StepSize: 2 * math.Pi / 100, Leapfrog: 100, Velocity: 1}
	exec, err := NewExec(engine.Backend, func(x, velocity *Node) *Node {
		x, _ = chain.Move(energy, x, velocity, nil)
		return x
	})
	if err != nil {
		log.Fatal(err)
	}
	outputs, err := exec.Call([][]float32{{1}, {-0.5}}, [][]float32{{0}, {2}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", outputs[0].Value())
	// Output: [[1.00] [-0.50]]
}

// With steps so small, nearly every proposal of MALA is accepted.
func ExampleMALA() {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		log.Fatal(err)
	}
	energy := func(x *Node) *Node { return MulScalar(ReduceAndKeep(Square(x), ReduceSum, 1), 0.5) }
	chain := samplers.MALA{StepSize: 0.01}
	exec, err := NewExec(engine.Backend, func(x, random *Node) *Node {
		_, info := chain.Step(energy, samplers.Init(x, random))
		return ReduceAllMean(info.Acceptance)
	})
	if err != nil {
		log.Fatal(err)
	}
	random, err := RNGStateFromSeed(1)
	if err != nil {
		log.Fatal(err)
	}
	outputs, err := exec.Call([][]float32{{1, 0}, {0, -1}, {0.5, 0.5}}, random)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f\n", outputs[0].Value())
	// Output: 1.00
}

// A buffer of four takes the first four samples as they come. The oldest are the first to go.
func ExampleReplay() {
	replay := samplers.Replay{Capacity: 4, Restart: 0.001, FIFO: true}
	random := rand.New(rand.NewPCG(1, 2))
	_, restart := replay.Starts(random, 0, 2)
	fmt.Println(restart, replay.Slots(random, 0, 2), replay.Slots(random, 2, 2), replay.Slots(random, 4, 2), replay.Len(6))
	// Output: [true true] [0 1] [2 3] [0 1] 4
}

// The product of two normal densities of variance 1 is normal, with its mean halfway: there the gradient is none.
func ExampleSum() {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		log.Fatal(err)
	}
	around := func(mean float64) samplers.Energy {
		return func(x *Node) *Node { return MulScalar(Square(AddScalar(x, -mean)), 0.5) }
	}
	both := samplers.Sum(around(0), around(4))
	without := samplers.Sum(around(0), samplers.Scale(around(4), -0.5))
	exec, err := NewExec(engine.Backend, func(x *Node) (*Node, *Node) {
		return Gradient(ReduceAllSum(both(x)), x)[0], Gradient(ReduceAllSum(without(x)), x)[0]
	})
	if err != nil {
		log.Fatal(err)
	}
	outputs, err := exec.Call([][]float32{{-4}, {2}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("∂E/∂x at -4 and 2:", outputs[0].Value(), "of the product;", outputs[1].Value(), "away from 4")
	// Output: ∂E/∂x at -4 and 2: [[-12] [0]] of the product; [[0] [3]] away from 4
}

// The normaliser of a Gaussian of standard deviation 1/2 on the plane is 2π/4, which both estimates find.
func ExampleAIS() {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		log.Fatal(err)
	}
	energy := func(x *Node) *Node { return MulScalar(ReduceAndKeep(Square(x), ReduceSum, 1), 2) }
	exact := make([][]float32, 200)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range exact {
		exact[i] = []float32{float32(random.NormFloat64() / 2), float32(random.NormFloat64() / 2)}
	}

	ais := samplers.AIS{Chain: samplers.MALA{StepSize: 0.1}, Steps: 50, Deviation: 1}
	forward, err := ais.Forward(engine, energy, []int{200, 2}, 1)
	if err != nil {
		log.Fatal(err)
	}
	reverse, err := ais.Reverse(engine, energy, tensors.FromValue(exact), 2)
	if err != nil {
		log.Fatal(err)
	}
	low, err := metrics.ForwardLogZ(forward.LogWeights)
	if err != nil {
		log.Fatal(err)
	}
	high, err := metrics.ReverseLogZ(reverse.LogWeights)
	if err != nil {
		log.Fatal(err)
	}
	for _, z := range []metrics.LogZ{low, high} {
		off := math.Abs(z.Value - math.Log(2*math.Pi/4))
		fmt.Printf("standard error below 0.1: %v, off by less than three of them: %v\n", z.StandardError < 0.1, off < 3*z.StandardError)
	}
	// Output:
	// standard error below 0.1: true, off by less than three of them: true
	// standard error below 0.1: true, off by less than three of them: true
}
