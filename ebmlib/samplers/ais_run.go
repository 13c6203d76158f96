package samplers

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	. "github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/layers"
)

// aisStepsPerCall is how many steps one compiled graph makes.
const aisStepsPerCall = 10

// AISResult is what chains of [AIS] come to.
type AISResult struct {
	LogWeights []float64       // log w of each chain, in nats, log Z_0 included: [chains]
	X          *tensors.Tensor // where the chains end, float32 [chains, ...]: weighted by w, forward, samples of exp(-E)
	Acceptance []float64       // the mean over chains of the probability of acceptance at β_1 to β_Steps: [Steps]
}

// Forward runs chains from the base to exp(-E). shape is that of their samples, [chains, ...]. The same seed on the same engine gives the
// same.
//
// Errors: settings that make no sense; a shape without chains or coordinates; a chain without a test of acceptance; an energy
// that is NaN or infinite where a chain comes; what the engine reports.
func (a AIS) Forward(engine *backends.Engine, energy Energy, shape []int, seed int64) (AISResult, error) {
	if err := a.Check(); err != nil {
		return AISResult{}, err
	}
	if len(shape) < 2 || slices.Min(shape) < 1 {
		return AISResult{}, fmt.Errorf("ais: samples of shape %v were asked for; it must be [chains, ...], all at least 1", shape)
	}
	random, err := RNGStateFromSeed(seed)
	if err != nil {
		return AISResult{}, err
	}
	defer random.FinalizeAll()
	exec, err := NewExec(engine.Backend, func(random *Node) (x, newRandom *Node) {
		newRandom, x = a.drawBase(random, shapes.Make(dtypes.Float32, shape...))
		return x, newRandom
	})
	if err != nil {
		return AISResult{}, err
	}
	defer exec.Finalize()
	state, err := exec.Call(random)
	if err != nil {
		return AISResult{}, fmt.Errorf("ais: drawing from the base: %w", err)
	}
	return a.run(engine, energy, state, false)
}

// Reverse runs chains from start, float32 [chains, ...], back to the base. For a bound on log Z they start at exact samples of
// exp(-E), for the likelihood of examples at these. start stays as it is.
//
// Errors: those of [AIS.Forward]; a start outside the chain's bounds.
func (a AIS) Reverse(engine *backends.Engine, energy Energy, start *tensors.Tensor, seed int64) (AISResult, error) {
	if err := a.Check(); err != nil {
		return AISResult{}, err
	}
	if start.DType() != dtypes.Float32 || start.Rank() < 2 || start.Size() == 0 {
		return AISResult{}, fmt.Errorf("ais: the chains start at %s; it must be float32 [chains, ...]", start.Shape())
	}
	lowest, highest := a.bounds()
	size := start.Size() / start.Shape().Dim(0)
	for i, x := range tensors.MustCopyFlatData[float32](start) {
		if bounded(lowest, highest) && !(float64(x) >= lowest && float64(x) <= highest) {
			return AISResult{}, fmt.Errorf("ais: chain %d starts at a value of %g, outside the bounds [%g, %g] of the chain", i/size, x,
				lowest, highest)
		}
	}
	random, err := RNGStateFromSeed(seed)
	if err != nil {
		return AISResult{}, err
	}
	copied, err := start.LocalClone()
	if err != nil {
		return AISResult{}, err
	}
	return a.run(engine, energy, []*tensors.Tensor{copied, random}, true)
}

// run makes all steps from a state, samples and random state, which it frees.
func (a AIS) run(engine *backends.Engine, energy Energy, state []*tensors.Tensor, reverse bool) (AISResult, error) {
	defer func() { finalizeAll(state) }()
	shape := state[0].Shape()
	result := AISResult{
		LogWeights: slices.Repeat([]float64{a.logZ0(shape.Size() / shape.Dim(0))}, shape.Dim(0)),
		Acceptance: make([]float64, a.Steps),
	}
	betas := a.betas()
	order := make([]int, a.Steps) // of the k
	for i := range order {
		order[i] = i + 1
	}
	if reverse {
		slices.Reverse(order)
	}
	execs := make(map[int]*Exec) // By the number of steps: aisStepsPerCall, and what is left at the end.
	for ks := range slices.Chunk(order, aisStepsPerCall) {
		if execs[len(ks)] == nil {
			exec, err := NewExec(engine.Backend, a.several(layers.HoldParameters(energy), len(ks), reverse))
			if err != nil {
				return AISResult{}, err
			}
			defer exec.Finalize()
			execs[len(ks)] = exec
		}
		now := make([]float32, len(ks))
		for i, k := range ks {
			now[i] = betas[k]
		}
		outputs, err := execs[len(ks)].Call(now, state[0], state[1])
		if err != nil {
			return AISResult{}, fmt.Errorf("ais: step %d of %d: %w", ks[0], a.Steps, err)
		}
		finalizeAll(state)
		state = outputs[2:]
		err = a.weigh(&result, ks, betas, outputs[0], outputs[1])
		finalizeAll(outputs[:2])
		if err != nil {
			return AISResult{}, err
		}
	}
	x, err := state[0].LocalClone()
	if err != nil {
		return AISResult{}, err
	}
	result.X = x
	return result, nil
}

// weigh adds steps to the result, from their E_0 - E [steps, chains] and acceptances [steps]. The sums are of float64: log weights may be
// large and their steps small.
func (a AIS) weigh(result *AISResult, ks []int, betas []float32, differences, acceptances *tensors.Tensor) error {
	ds, err := tensors.CopyFlatData[float32](differences)
	if err != nil {
		return err
	}
	accepted, err := tensors.CopyFlatData[float32](acceptances)
	if err != nil {
		return err
	}
	chains := len(result.LogWeights)
	for i, k := range ks {
		result.Acceptance[k-1] = float64(accepted[i])
		for chain := range chains {
			d := float64(ds[i*chains+chain])
			if math.IsNaN(d) || math.IsInf(d, 0) {
				return fmt.Errorf("ais: at step %d of %d (β = %.4g) the energy of the base less the energy is %g in chain %d; a base closer to "+
					"the data, or an energy that doesn't overflow there, may help", k, a.Steps, betas[k], d, chain)
			}
			result.LogWeights[chain] += (float64(betas[k]) - float64(betas[k-1])) * d
		}
	}
	return nil
}

// several is the graph of some steps at betas, from and to the chains' samples and random state. Before these it returns, for each step,
// the E_0 - E of each chain that weighs it, and the mean acceptance: [steps, chains] and [steps].
func (a AIS) several(energy Energy, steps int, reverse bool) func(inputs []*Node) []*Node {
	return func(inputs []*Node) []*Node {
		betas, state := inputs[0], StateOf(inputs[1:])
		var differences, acceptances []*Node
		step := func(k int) {
			beta := Reshape(Slice(betas, AxisElem(k)))
			var info Info
			state, info = a.Chain.Step(a.between(energy, beta), state.Detach())
			if info.Acceptance == nil {
				Panicf("%T%+v has no test of acceptance, without which weights are worth nothing; take samplers.MALA, or samplers.HMC with Metropolis",
					a.Chain, a.Chain)
			}
			acceptances = append(acceptances, ReduceAllMean(info.Acceptance))
		}
		weigh := func() {
			base, target := a.ends(energy, state.X)
			differences = append(differences, Reshape(Sub(base, target), -1))
		}
		// The sample that weighs a step is x_{k-1}: where it starts, or ends if backwards.
		panicked := Try(func() {
			for k := range steps {
				if reverse {
					step(k)
					weigh()
				} else {
					weigh()
					step(k)
				}
			}
		})
		if panicked != nil { // Of a panic with a mere text GoMLX waits for ever.
			Panicf("%v", panicked)
		}
		return append([]*Node{Stack(differences, 0), Stack(acceptances, 0)}, state.X, state.Random)
	}
}

// finalizeAll frees tensors; the garbage collector doesn't reach into an engine's memory.
func finalizeAll(all []*tensors.Tensor) {
	for _, tensor := range all {
		tensor.FinalizeAll()
	}
}
