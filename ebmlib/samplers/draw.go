package samplers

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
)

// Draw shows what the transitions make of images [n, channels, height, width]: copies of each, every one by random numbers of its
// own, [n*copies, ...]. The same seed on the same engine gives the same.
//
// Errors: a setting that makes no sense; images of another shape or type.
func (t Transitions) Draw(engine *backends.Engine, images *tensors.Tensor, copies int, seed int64) (*tensors.Tensor, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if copies < 1 {
		return nil, fmt.Errorf("transitions: %d copies of each image were asked for; take at least 1", copies)
	}
	random, err := RNGStateFromSeed(seed)
	if err != nil {
		return nil, err
	}
	own, err := images.LocalClone() // The garbage collector doesn't reach what images themselves would be left with in the engine's memory.
	if err != nil {
		return nil, err
	}
	defer finalizeAll([]*tensors.Tensor{random, own})
	exec, err := NewExec(engine.Backend, func(random, x *Node) *Node {
		dims := x.Shape().Dimensions
		repeated := BroadcastToDims(InsertAxes(x, 1), append([]int{dims[0], copies}, dims[1:]...)...)
		_, y := t.Apply(random, Reshape(repeated, append([]int{dims[0] * copies}, dims[1:]...)...))
		return y
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	outputs, err := exec.Call(random, own)
	if err != nil {
		return nil, fmt.Errorf("transitions of images %s: %w", images.Shape(), err)
	}
	local, err := outputs[0].LocalClone()
	outputs[0].FinalizeAll()
	return local, err
}
