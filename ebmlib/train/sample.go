package train

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/samplers"
)

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
	if err := r.alone(labels).fits(Sampling{Count: n}); err != nil {
		return nil, err
	}
	b, err := r.alone(labels).inTurn(n).bind(n)
	if err != nil {
		return nil, err
	}
	frames, err := b.frames(steps)
	if err != nil {
		return nil, fmt.Errorf("sampling from %s: %w", b.name, err)
	}
	return tensors.FromFlatDataAndDimensions(frames, append([]int{len(steps), n}, r.example...)...), nil
}

// frames are chains from noise after each of the numbers of steps.
func (b *bound) frames(steps []int) ([]float32, error) {
	noise, err := b.noise()
	if err != nil {
		return nil, err
	}
	chains, err := b.start(noise, steps[len(steps)-1])
	if err != nil {
		return nil, err
	}
	defer chains.finalize()
	var frames []float32
	for _, until := range steps {
		values, err := chains.until(until)
		if err != nil {
			return nil, err
		}
		frames = append(frames, values...)
	}
	return frames, nil
}

// Energies evaluates the energy, by the moving average of the weights, at x [n, ...], summed over scales: n energies. A conditional
// energy needs labels: one for all of x, or one for each of its rows.
func (r *Run) Energies(x *tensors.Tensor, labels ...int32) ([]float64, error) {
	return r.alone(labels).Energies(x)
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
	local, err := outputs[0].LocalClone()
	outputs[0].FinalizeAll()
	return local, err
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
