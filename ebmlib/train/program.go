package train

import (
	"runtime"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/data"
	"ebm/ebmlib/samplers"
)

// program is a compiled training step: one graph, or, where compiling that would take too long, its beginning, pieces of its chain,
// and its end. Both make the same step, and what goes from piece to piece stays on the device.
type program struct {
	config                 Config
	devices                *devices
	whole                  *executor
	begin, advance, finish *executor
	loop                   bool              // the chain is a loop on the device
	prepared               []*model.Variable // the weights of which begin gives what a loop takes: see layers.Prepared
	weights                []string          // the paths of those that are trained, in the order of their gradient norms; known once a step is compiled
}

const (
	// pieceSteps is how many steps of the chain a piece makes that is no loop.
	pieceSteps = 5
	// wholeNodes is how many nodes a step's chain may have to be part of one graph. The time that engines take to prepare a graph grows
	// faster than the graph: 5,000 nodes take ONNX Runtime 2 s, 31,000 take it 25 s on two cores of a CPU.
	wholeNodes = 10_000
)

// newProgram is the program of the run's training steps on examples of that kind, on its devices. Nothing is compiled before the first. It lives
// as long as the run.
func (r *Run) newProgram(info data.Info) (*program, error) {
	nodes, err := r.energyNodes(info)
	if err != nil {
		return nil, err
	}
	devices, err := r.onDevices()
	if err != nil {
		return nil, err
	}
	p := newProgram(r.Config, devices, r.store, nodes, loops(r.engine))
	runtime.AddCleanup(r, finalizeProgram, p)
	return p, nil
}

// newProgram is the program for a network whose energy has that many nodes, its chain in loops or not. Each step of the chain takes about twice as
// many.
func newProgram(c Config, d *devices, store *model.Store, energyNodes int, loop bool) *program {
	p := &program{config: c, devices: d, loop: loop}
	note := func(scope *model.Scope, g *Graph) {
		p.weights = nil
		for _, weight := range trainedWeights(scope.At("energy"), g) {
			p.weights = append(p.weights, weight.Path())
		}
	}
	if 2*energyNodes*c.Steps <= wholeNodes {
		p.whole = newExecutor("step", d, store, func(scope *model.Scope, inputs []*Node) []*Node {
			defer note(scope, inputs[0].Graph())
			return c.stepGraph(scope, inputs)
		})
		return p
	}
	p.begin = newExecutor("begin", d, store, func(scope *model.Scope, inputs []*Node) []*Node {
		begun := c.beginGraph(scope, inputs)
		if !loop || d.count > 1 { // Arrays of a first axis that is by chance the batch would be split over the devices.
			return begun
		}
		var made []*Node
		p.prepared, made = c.prepared(scope, begun)
		return append(begun, made...)
	})
	p.advance = newExecutor("chain", d, store, func(scope *model.Scope, inputs []*Node) []*Node {
		if loop && inputs[0].Shape().Dim(0) > 1 {
			return c.loop(energyWeights(scope), inputs, p.startOfChain(scope)).Nodes()
		}
		energy, state := p.startOfChain(scope)(inputs)
		return c.hold(energy, state, inputs[0]).Nodes()
	})
	p.finish = newExecutor("finish", d, store, func(scope *model.Scope, inputs []*Node) []*Node {
		defer note(scope, inputs[0].Graph())
		return c.finishGraph(scope, inputs)
	})
	return p
}

// finalizeProgram gives back the memory that the engine keeps for the compiled graphs: ONNX Runtime's is not of the kind that Go collects.
func finalizeProgram(p *program) {
	for _, e := range []*executor{p.whole, p.begin, p.advance, p.finish} {
		if e != nil {
			e.compiled.Finalize()
		}
	}
}

// beginGraph is the beginning of a step made in pieces. Inputs are those of stepGraph; outputs are the random state, what finishGraph takes of
// the start, and its labels, if there are any.
func (c Config) beginGraph(scope *model.Scope, inputs []*Node) []*Node {
	s, state := c.begin(scope, inputs)
	return append([]*Node{state.Random, s.data, s.reference, s.samples}, labelNodes(s)...)
}

// finishGraph is its end. Inputs are the last two of stepGraph, the outputs of beginGraph but the random state, and the state of the chain; the
// outputs are those of stepGraph.
func (c Config) finishGraph(scope *model.Scope, inputs []*Node) []*Node {
	s := start{slots: inputs[0], entropyOn: inputs[1], data: inputs[2], reference: inputs[3], samples: inputs[4]}
	inputs = inputs[5:]
	if c.Classes > 0 {
		s.dataLabels, s.labels, inputs = inputs[0], inputs[1], inputs[2:]
	}
	return c.finish(scope, s, samplers.StateOf(inputs))
}

// prepared is, after a beginGraph, what layers make of weights alone, and of which. The energy is built for it, which nothing comes of, and
// which XLA leaves out.
func (c Config) prepared(scope *model.Scope, begun []*Node) (of []*model.Variable, made []*Node) {
	var labels *Node
	if c.Classes > 0 {
		labels = begun[5]
	}
	c.energyAt(scope, c.condition(labels))(begun[3])
	return prepared(energyWeights(scope), begun[0].Graph())
}

// startOfChain tells the inputs of a piece of the chain apart: the noise factors, the labels if the energy is conditioned on them, what begin has made
// of weights, and the chain's state.
func (p *program) startOfChain(scope *model.Scope) func(inputs []*Node) (samplers.Energy, samplers.State) {
	return func(inputs []*Node) (samplers.Energy, samplers.State) {
		var labels *Node
		inputs = inputs[1:]
		if p.config.Classes > 0 {
			labels, inputs = inputs[0], inputs[1:]
		}
		prepare(p.prepared, inputs)
		return p.config.energyAt(scope, p.config.condition(labels)), samplers.StateOf(inputs[len(p.prepared):])
	}
}

func energyWeights(scope *model.Scope) []*model.Variable {
	return slices.Collect(scope.Store().Scope(energyPath).IterVariables())
}

func labelNodes(s start) []*Node {
	if s.labels == nil {
		return nil
	}
	return []*Node{s.dataLabels, s.labels}
}

// step makes a training step from the inputs of the feed and of choose, and gives its metrics and the gradient norm of each weight.
func (p *program) step(inputs []any) ([]array, error) {
	if p.whole != nil {
		return p.whole.call(inputs...)
	}
	begun, err := p.begin.call(inputs...)
	if err != nil {
		return nil, err
	}
	defer finalize(begun)
	begun, prepared := begun[:len(begun)-len(p.prepared)], begun[len(begun)-len(p.prepared):]
	random, samples, labels := begun[0], begun[3], begun[4:]

	state, err := p.chain([]array{samples, random}, labels, prepared)
	if err != nil {
		return nil, err
	}
	chosen := inputs[len(inputs)-2:] // slots, entropyOn
	outputs, err := p.finish.call(slices.Concat(chosen, asInputs(begun[1:]), asInputs(state))...)
	if state[0] != samples {
		finalize(state)
	}
	return outputs, err
}

// chain makes the steps that are not differentiated, from a state that it leaves as it is.
func (p *program) chain(state, labels, prepared []array) ([]array, error) {
	c, first := p.config, true
	for made := 0; made < c.Steps-c.KLSteps; {
		count := pieceSteps
		if p.loop {
			count = c.Steps - c.KLSteps - made
		}
		if made+count > c.Steps-c.KLSteps || made == 0 && c.gains() {
			count = 1 // Of the two numbers each is compiled once.
		}
		noise, err := p.devices.put(tensors.FromValue(noiseFactors(made, made+count, c.Steps)), p.devices.whole)
		if err != nil {
			return nil, err
		}
		inputs := []any{noise}
		if len(labels) > 0 {
			inputs = append(inputs, labels[1])
		}
		next, err := p.advance.call(slices.Concat(inputs, asInputs(prepared), asInputs(state))...)
		noise.FinalizeAll()
		if !first {
			finalize(state)
		}
		if err != nil {
			return nil, err
		}
		state, first = next, false
		made += count
	}
	return state, nil
}
