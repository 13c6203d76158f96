package train

import (
	"fmt"
	"math"
	"slices"

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
//
// Samples of a conditional energy have labels: the one given, or one for each sample, or else those of all classes in turn,
// so that in a grid of as many columns as classes each column is a class.
func (r *Run) Sample(n, steps int, labels ...int32) (*tensors.Tensor, error) {
	frames, err := r.Chains(n, []int{steps}, labels...)
	if err != nil {
		return nil, err
	}
	return tensors.FromFlatDataAndDimensions(tensors.MustCopyFlatData[float32](frames), frames.Shape().Dimensions[1:]...), nil
}

// Chains runs n chains as [Run.Sample] does, and returns how they look after each of the numbers of steps, which ascend; 0
// is the noise that they start from. The result is float32 [len(steps), n, ...].
func (r *Run) Chains(n int, steps []int, labels ...int32) (*tensors.Tensor, error) {
	if err := r.trained(); err != nil {
		return nil, err
	}
	if n < 1 || len(steps) == 0 || steps[0] < 0 || !slices.IsSorted(steps) {
		return nil, fmt.Errorf("sampling: %d chains were asked for, seen after the numbers of steps %v; take at least 1 chain, and numbers that "+
			"ascend from 0", n, steps)
	}
	if len(labels) == 0 {
		for i := range n * min(r.Config.Classes, 1) {
			labels = append(labels, int32(i%r.Config.Classes))
		}
	}
	labels, err := r.labels(n, labels)
	if err != nil {
		return nil, err
	}
	weights, err := r.average()
	if err != nil {
		return nil, err
	}
	chains, err := r.start(weights, n, labels, steps[len(steps)-1])
	if err != nil {
		return nil, fmt.Errorf("sampling from run %s: %w", r.Dir, err)
	}
	defer chains.finalize()
	var frames []float32
	for _, until := range steps {
		values, err := chains.until(until)
		if err != nil {
			return nil, fmt.Errorf("sampling from run %s: %w", r.Dir, err)
		}
		for _, value := range values {
			if math.IsNaN(float64(value)) || math.IsInf(float64(value), 0) {
				return nil, fmt.Errorf("sampling from run %s: a chain holds %g after %d steps; a smaller step size, or an earlier "+
					"checkpoint, may hold it", r.Dir, value, until)
			}
		}
		frames = append(frames, values...)
	}
	return tensors.FromFlatDataAndDimensions(frames, append([]int{len(steps), n}, r.example...)...), nil
}

// chains are chains under way.
type chains struct {
	made, steps int               // steps made, and to be made in all
	state       []*tensors.Tensor // samples, random state, and the velocity if the chain has one
	advance     *model.Exec       // makes a step for each noise factor
}

// start starts n chains from noise.
func (r *Run) start(weights *model.Store, n int, labels []int32, steps int) (*chains, error) {
	noise, err := model.NewExec(r.engine.Backend, weights, func(scope *model.Scope, random *Node) (x, newRandom *Node) {
		random, x = RandomUniform(random, shapes.Make(dtypes.Float32, append([]int{n}, r.example...)...))
		return r.Config.Start.scale(x), random
	})
	if err != nil {
		return nil, err
	}
	defer noise.Finalize()
	random, err := RNGStateFromSeed(r.Config.Seed + 1)
	if err != nil {
		return nil, err
	}
	c := &chains{steps: steps}
	if c.state, err = noise.Call(random); err != nil {
		return nil, err
	}
	c.advance = model.MustNewExec(r.engine.Backend, weights, func(scope *model.Scope, inputs []*Node) []*Node {
		energy := r.energy(scope, r.condition(inputs[0].Graph(), labels))
		return r.Config.hold(energy, samplers.StateOf(inputs[1:]), inputs[0]).Nodes()
	})
	return c, nil
}

// until makes the steps that are missing up to that number, and gives the samples.
func (c *chains) until(steps int) ([]float32, error) {
	for c.made < steps {
		count := stepsPerCall
		if steps-c.made < stepsPerCall {
			count = 1 // Of the two numbers each is compiled once.
		}
		next, err := c.advance.Call(append([]any{noiseFactors(c.made, c.made+count, c.steps)}, asInputs(c.state)...)...)
		if err != nil {
			return nil, err
		}
		finalize(c.state)
		c.state = next
		c.made += count
	}
	return tensors.CopyFlatData[float32](c.state[0])
}

func (c *chains) finalize() {
	finalize(c.state)
	c.advance.Finalize()
}

// Energies evaluates the energy, by the moving average of the weights, at x [n, ...], summed over scales: n energies. A conditional
// energy needs labels: one for all of x, or one for each of its rows.
func (r *Run) Energies(x *tensors.Tensor, labels ...int32) ([]float64, error) {
	if err := r.trained(); err != nil {
		return nil, err
	}
	labels, err := r.labels(x.Shape().Dim(0), labels)
	if err != nil {
		return nil, err
	}
	weights, err := r.average()
	if err != nil {
		return nil, err
	}
	exec := model.MustNewExec(r.engine.Backend, weights, func(scope *model.Scope, x *Node) *Node {
		return ReduceSum(r.energy(scope, r.condition(x.Graph(), labels))(x), 1)
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

// labels checks the labels given for n samples; one stands for all.
func (r *Run) labels(n int, labels []int32) ([]int32, error) {
	classes := r.Config.Classes
	if len(labels) == 1 {
		labels = slices.Repeat(labels, n)
	}
	switch {
	case classes == 0 && len(labels) > 0:
		return nil, fmt.Errorf("run %s: labels were given, and its energy is not conditional", r.Dir)
	case classes > 0 && len(labels) != n:
		return nil, fmt.Errorf("run %s: %d labels were given for %d samples; its energy is conditional, so give one for all or one for each",
			r.Dir, len(labels), n)
	}
	for _, label := range labels {
		if label < 0 || int(label) >= classes {
			return nil, fmt.Errorf("run %s: there is no label %d; the labels are 0 to %d", r.Dir, label, classes-1)
		}
	}
	return labels, nil
}

// condition is that of labels; nil without classes.
func (r *Run) condition(g *Graph, labels []int32) *Node {
	if r.Config.Classes == 0 {
		return nil
	}
	return r.Config.condition(Const(g, labels))
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
	if held == 0 {
		return nil, fmt.Errorf("the replay buffer of run %s holds nothing yet: train it first", r.Dir)
	}
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
	if r.store == nil {
		return fmt.Errorf("run %s has no weights yet: train it first", r.Dir)
	}
	return nil
}

func (r *Run) energy(scope *model.Scope, condition *Node) samplers.Energy {
	return layers.HoldParameters(func(x *Node) *Node { return r.Config.energy(scope, x, condition) })
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
