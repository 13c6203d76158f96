package targets

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/samplers"
)

// stepsPerCall is how many steps of a chain one compiled graph makes.
const stepsPerCall = 10

// Walk runs chains side by side from start [chains, ...], float32, for that many steps, and calls visit after each, with the samples
// x [chains, ...], row by row, and the probabilities [chains] with which the proposals were accepted, 1 for a chain without a test.
// The same seed gives the same walk on the same engine.
//
// Errors: settings of the chain that make no sense; what the engine reports.
func Walk(engine *backends.Engine, energy samplers.Energy, chain samplers.Chain, start *tensors.Tensor, steps int, seed int64,
	visit func(x, acceptance []float32)) error {
	if err := chain.Check(); err != nil {
		return err
	}
	random, err := RNGStateFromSeed(seed)
	if err != nil {
		return err
	}
	first, err := start.LocalClone() // start itself would be left with a copy on the engine.
	if err != nil {
		return err
	}
	state := []any{first, random}
	defer func() { free(state) }()
	execs := make(map[int]*Exec) // By the number of steps: stepsPerCall, and what is left at the end.
	for made := 0; made < steps; {
		count := min(stepsPerCall, steps-made)
		if execs[count] == nil {
			exec, err := NewExec(engine.Backend, several(energy, chain, count))
			if err != nil {
				return err
			}
			defer exec.Finalize()
			execs[count] = exec
		}
		outputs, err := execs[count].Call(state...)
		if err != nil {
			return fmt.Errorf("step %d of %d: %w", made+1, steps, err)
		}
		free(state)
		state = state[:0:0]
		for _, output := range outputs {
			state = append(state, output)
		}
		x, err := tensors.CopyFlatData[float32](outputs[0])
		if err != nil {
			return err
		}
		acceptance, err := tensors.CopyFlatData[float32](outputs[1])
		if err != nil {
			return err
		}
		for i := range count {
			visit(x[i*len(x)/count:(i+1)*len(x)/count], acceptance[i*len(acceptance)/count:(i+1)*len(acceptance)/count])
		}
		free(state[:2])
		state = state[2:]
		made += count
	}
	return nil
}

// free gives the memory of tensors back: the garbage collector doesn't reach into an engine's.
func free(all []any) {
	for _, tensor := range all {
		tensor.(*tensors.Tensor).FinalizeAll()
	}
}

// several is the graph of some steps of a chain, from and to the nodes of its state. Before these it returns X and Acceptance
// after each step: [steps, chains, ...] and [steps, chains].
func several(energy samplers.Energy, chain samplers.Chain, steps int) func(inputs []*Node) []*Node {
	return func(inputs []*Node) []*Node {
		state := samplers.StateOf(inputs)
		var xs, acceptances []*Node
		for range steps {
			var info samplers.Info
			// Whatever an energy or chain panics with becomes an error: of a panic with a mere text GoMLX waits for ever.
			if panicked := exceptions.Try(func() { state, info = chain.Step(energy, state.Detach()) }); panicked != nil {
				exceptions.Panicf("%T%+v: %v", chain, chain, panicked)
			}
			if info.Acceptance == nil {
				info.Acceptance = OnesLike(info.Distance)
			}
			xs, acceptances = append(xs, state.X), append(acceptances, info.Acceptance)
		}
		return append([]*Node{Stack(xs, 0), Stack(acceptances, 0)}, state.Nodes()...)
	}
}
