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

// loop is [Config.hold] as a loop on the device: one graph that makes a step for each noise factor. Inputs are the noise factors, the labels if
// the energy is conditioned on them, what begin has made of the weights of these paths, and the state's nodes, which are also its outputs.
//
// XLA's Go binding refuses an operation between a value made in a loop and one from outside. So all that a step takes goes around with the
// loop's state: the weights too, which come out as they went in, and in which the engine then copies nothing.
func (c Config) loop(scope *model.Scope, inputs []*Node, prepared []string) []*Node {
	g, steps := inputs[0].Graph(), inputs[0].Shape().Dim(0)
	weights := slices.Collect(scope.Store().Scope(energyPath).IterVariables())
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
	step := closure(func(around []*Node) []*Node {
		for i, weight := range weights {
			weight.SetNodeValue(around[2+i])
		}
		made, inputs := around[0], around[fixed:]
		noiseFactors, labels, state := c.split(scope, inputs, prepared)
		held := layers.HoldParameters(c.energyAt(scope, c.condition(labels)))
		next, _ := c.step(held, samplers.StateOf(state).Detach(), noiseFactors, made)
		return slices.Concat([]*Node{AddScalar(made, 1)}, around[1:len(around)-len(state)], next.Nodes())
	})
	around = While(unfinished, step, around...)
	for i, weight := range weights {
		weight.SetNodeValue(around[2+i])
	}
	_, _, state := c.split(scope, around[fixed:], prepared)
	return state
}

// gains tells whether the first step of a chain gives a state that has more to it than where it starts: that of HMC which keeps its velocity. A
// loop's state stays what it is.
func (c Config) gains() bool {
	hmc, is := c.Chain.(samplers.HMC)
	return is && !hmc.Metropolis
}

// split tells the inputs of a piece of the chain apart, and hands the layers what is prepared; labels are nil for an unconditional energy.
func (c Config) split(scope *model.Scope, inputs []*Node, prepared []string) (noiseFactors, labels *Node, state []*Node) {
	noiseFactors, state = inputs[0], inputs[1:]
	if c.Classes > 0 {
		labels, state = state[0], state[1:]
	}
	for i, path := range prepared {
		layers.Prepare(scope.Store().GetVariable(path).NodeValue(noiseFactors.Graph()), state[i])
	}
	return noiseFactors, labels, state[len(prepared):]
}
