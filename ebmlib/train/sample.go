package train

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/layers"
	"ebm/ebmlib/samplers"
)

// stepsPerCall is how many steps of a chain one compiled graph makes.
const stepsPerCall = 10

// Sample draws n samples: chains of that many steps of the run's sampler from uniform noise, by the moving average of the
// weights. The result is float32 [n, ...]. The same call on the same checkpoint and engine gives the same samples.
func (r *Run) Sample(n, steps int) (*tensors.Tensor, error) {
	frames, err := r.Chains(n, []int{steps})
	if err != nil {
		return nil, err
	}
	return tensors.FromFlatDataAndDimensions(tensors.MustCopyFlatData[float32](frames), frames.Shape().Dimensions[1:]...), nil
}

// Chains runs n chains as [Run.Sample] does, and returns how they look after each of the numbers of steps, which ascend; 0
// is the noise that they start from. The result is float32 [len(steps), n, ...].
func (r *Run) Chains(n int, steps []int) (*tensors.Tensor, error) {
	if err := r.trained(); err != nil {
		return nil, err
	}
	if n < 1 || len(steps) == 0 {
		return nil, fmt.Errorf("sampling: %d chains and %d frames were asked for; take at least 1 of each", n, len(steps))
	}
	weights, err := r.average()
	if err != nil {
		return nil, err
	}
	start := model.MustNewExec(r.engine.Backend, weights, func(scope *model.Scope, random *Node) (x, newRandom *Node) {
		random, x = RandomUniform(random, shapes.Make(dtypes.Float32, append([]int{n}, r.example...)...))
		return r.Config.Start.scale(x), random
	})
	defer start.Finalize()
	advance := func(steps int) *model.Exec {
		return model.MustNewExec(r.engine.Backend, weights, func(scope *model.Scope, x, random *Node) (newX, newRandom *Node) {
			chain := samplers.Init(x, random)
			for range steps {
				chain, _ = r.Config.Chain.Step(r.energy(scope), chain.Detach())
			}
			return chain.X, chain.Random
		})
	}
	long, single := advance(stepsPerCall), advance(1)
	defer long.Finalize()
	defer single.Finalize()

	random, err := RNGStateFromSeed(r.Config.Seed + 1)
	if err != nil {
		return nil, err
	}
	state, err := start.Call(random)
	if err != nil {
		return nil, fmt.Errorf("sampling from run %s: %w", r.Dir, err)
	}
	defer func() {
		for _, last := range state {
			last.FinalizeAll()
		}
	}()
	var frames []float32
	made := 0
	for _, until := range steps {
		if until < made {
			return nil, fmt.Errorf("sampling: the numbers of steps %v must ascend from 0", steps)
		}
		for made < until {
			exec, count := long, stepsPerCall
			if until-made < stepsPerCall {
				exec, count = single, 1
			}
			next, err := exec.Call(state[0], state[1])
			if err != nil {
				return nil, fmt.Errorf("sampling from run %s: %w", r.Dir, err)
			}
			for _, old := range state {
				old.FinalizeAll()
			}
			state = next
			made += count
		}
		values, err := tensors.CopyFlatData[float32](state[0])
		if err != nil {
			return nil, err
		}
		for _, value := range values {
			if math.IsNaN(float64(value)) || math.IsInf(float64(value), 0) {
				return nil, fmt.Errorf("sampling from run %s: a chain holds %g after %d steps; a smaller step size, or an earlier "+
					"checkpoint, may hold it", r.Dir, value, made)
			}
		}
		frames = append(frames, values...)
	}
	return tensors.FromFlatDataAndDimensions(frames, append([]int{len(steps), n}, r.example...)...), nil
}

// Energies evaluates the energy, by the moving average of the weights, at x [n, ...], summed over scales: n energies.
func (r *Run) Energies(x *tensors.Tensor) ([]float64, error) {
	if err := r.trained(); err != nil {
		return nil, err
	}
	weights, err := r.average()
	if err != nil {
		return nil, err
	}
	exec := model.MustNewExec(r.engine.Backend, weights, func(scope *model.Scope, x *Node) *Node {
		return ReduceSum(r.energy(scope)(x), 1)
	})
	defer exec.Finalize()
	outputs, err := exec.Call(x)
	if err != nil {
		return nil, fmt.Errorf("energies of run %s at %s: %w", r.Dir, x.Shape(), err)
	}
	defer outputs[0].FinalizeAll()
	values, err := tensors.CopyFlatData[float32](outputs[0])
	if err != nil {
		return nil, err
	}
	energies := make([]float64, len(values))
	for i, value := range values {
		energies[i] = float64(value)
	}
	return energies, nil
}

// Buffer returns n samples of the replay buffer, evenly spread over its rows, as float32 [n, ...]; fewer if it holds fewer.
func (r *Run) Buffer(n int) (*tensors.Tensor, error) {
	if err := r.trained(); err != nil {
		return nil, err
	}
	if n < 1 {
		return nil, fmt.Errorf("replay buffer: %d samples were asked for; take at least 1", n)
	}
	held := r.Config.Replay.Len(r.step * r.Config.Batch)
	n = min(n, held)
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i * held / n)
	}
	exec := model.MustNewExec(r.engine.Backend, r.store, func(scope *model.Scope, rows *Node) *Node {
		x := samplers.Rows(scope.Store().GetVariable(replayPath).NodeValue(rows.Graph()), rows)
		if x.DType() != dtypes.Uint8 {
			return x
		}
		return DivScalar(ConvertDType(x, dtypes.Float32), 255)
	})
	defer exec.Finalize()
	outputs, err := exec.Call(rows)
	if err != nil {
		return nil, fmt.Errorf("replay buffer of run %s: %w", r.Dir, err)
	}
	return outputs[0], nil
}

func (r *Run) trained() error {
	if r.lost {
		return r.lostError()
	}
	if r.step == 0 {
		return fmt.Errorf("run %s has no weights yet: train it first", r.Dir)
	}
	return nil
}

func (r *Run) energy(scope *model.Scope) samplers.Energy {
	return layers.HoldParameters(func(x *Node) *Node { return r.Config.energy(scope, x) })
}

// average is a store of the moving average of the weights, at the root, as constants: engines compile those faster.
func (r *Run) average() (*model.Store, error) {
	weights := model.NewStore()
	for variable := range r.store.Scope(averagePath).IterVariables() {
		value, err := variable.MustValue().LocalClone()
		if err != nil {
			return nil, err
		}
		if err := create(weights, variable.Path()[len(averagePath):], value); err != nil {
			return nil, err
		}
	}
	return weights.WithVariableAsConst(true), nil
}
