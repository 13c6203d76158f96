package train

import (
	"fmt"
	"slices"

	"github.com/gomlx/go-xla/compute/xla"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/samplers"
)

// loops tells whether an engine gains from a loop on its device. ONNX Runtime's graphs here have none, the pure Go engine fails in the
// gradient of a sum within one, and XLA's CPU compiler makes convolutions within one forty times slower.
func loops(engine *backends.Engine) bool {
	backend, isXLA := engine.Backend.(*xla.Backend)
	return isXLA && backend.IsCUDA()
}

// loop is [Config.hold] as a loop on the device: one graph that makes a step for each noise factor. weights are those of the energy. Inputs are the
// noise factors and whatever else a step takes, and begin tells, of inputs in the loop, the energy and the chain's state, which comes last.
//
// XLA's Go binding refuses an operation between a value made in a loop and one from outside. So all that a step takes goes around with the
// loop's state: the weights too, which come out as they went in, and in which the engine then copies nothing.
func (c Config) loop(weights []*model.Variable, inputs []*Node, begin func(inputs []*Node) (samplers.Energy, samplers.State)) samplers.State {
	g, steps := inputs[0].Graph(), inputs[0].Shape().Dim(0)
	around := []*Node{Const(g, int32(0)), Const(g, int32(steps))} // the steps made, and those to be made
	for _, weight := range weights {
		around = append(around, weight.NodeValue(g))
	}
	fixed := len(around) // From here on the inputs.
	around = append(around, inputs...)

	closure := func(f func(around []*Node) []*Node) *Function {
		return NewClosure(g, func(g *Graph) []*Node {
			parameters := make([]*Node, len(around))
			for i, node := range around {
				parameters[i] = Parameter(g, fmt.Sprintf("around %d", i), node.Shape())
			}
			return f(parameters)
		})
	}
	unfinished := closure(func(around []*Node) []*Node { return []*Node{LessThan(around[0], around[1])} })
	var parts int // of the state
	step := closure(func(around []*Node) []*Node {
		for i, weight := range weights {
			weight.SetNodeValue(around[2+i])
		}
		made, inputs := around[0], around[fixed:]
		energy, state := begin(inputs)
		next, _ := c.step(layers.HoldParameters(energy), state.Detach(), inputs[0], made)
		nodes := next.Nodes()
		parts = len(nodes)
		return slices.Concat([]*Node{AddScalar(made, 1)}, around[1:len(around)-parts], nodes)
	})
	around = While(unfinished, step, around...)
	for i, weight := range weights {
		weight.SetNodeValue(around[2+i])
	}
	return samplers.StateOf(around[len(around)-parts:])
}

// gains tells whether the first step of a chain gives a state that has more to it than where it starts: that of HMC which keeps its velocity. A
// loop's state stays what it is.
func (c Config) gains() bool {
	hmc, is := c.Chain.(samplers.HMC)
	return is && !hmc.Metropolis
}

// prepared is what layers make of weights alone, and of which weights, in a graph in which an energy was built.
func prepared(weights []*model.Variable, g *Graph) (of []*model.Variable, made []*Node) {
	for _, weight := range weights {
		if node := layers.Prepared(weight.NodeValue(g)); node != nil {
			of, made = append(of, weight), append(made, node)
		}
	}
	return of, made
}

// prepare hands the layers of a graph what is prepared of weights.
func prepare(of []*model.Variable, made []*Node) {
	for i, weight := range of {
		layers.Prepare(weight.NodeValue(made[i].Graph()), made[i])
	}
}
