package train

import (
	"slices"

	"github.com/gomlx/compute/distributed"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/dtensor"
	"github.com/gomlx/gomlx/ml/model"
)

// executor is a graph of a training, compiled for its devices when it is first called, under a name that an engine's profiles show.
type executor struct {
	devices  *devices
	compiled *model.Exec
	outputs  []*distributed.ShardingSpec // how what it gives lies on several devices
}

func newExecutor(name string, d *devices, store *model.Store, graph func(scope *model.Scope, inputs []*Node) []*Node) *executor {
	e := &executor{devices: d}
	if d.count == 1 {
		e.compiled = model.MustNewExec(d.engine.Backend, store, graph).WithName(name)
		return e
	}
	e.compiled = model.MustNewExec(d.engine.Backend, store, func(scope *model.Scope, inputs []*Node) []*Node {
		outputs := graph(scope, inputs)
		e.outputs = nil
		for _, output := range outputs {
			e.outputs = append(e.outputs, d.layout(output.Shape()))
		}
		// Before these GoMLX has the graph give the variables that it changes, in the store's order.
		var layouts []*distributed.ShardingSpec
		for variable := range store.IterVariables() {
			if variable.ChangedInGraph(inputs[0].Graph()) {
				layouts = append(layouts, variable.ShardingSpec())
			}
		}
		e.compiled.WithOutputShardingSpecs(append(layouts, e.outputs...)...)
		return outputs
	}).WithName(name)
	e.compiled.AutoSharding(d.whole.Mesh)
	return e
}

// call runs the graph on arrays, and on tensors that it brings onto several devices for the time of the call.
func (e *executor) call(inputs ...any) ([]array, error) {
	if e.devices.count == 1 {
		tensors, err := e.compiled.Call(inputs...)
		outputs := make([]array, len(tensors))
		for i, tensor := range tensors {
			outputs[i] = tensor
		}
		return outputs, err
	}
	inputs = slices.Clone(inputs)
	layouts := make([]*distributed.ShardingSpec, len(inputs))
	for i, input := range inputs {
		if local, isLocal := input.(*tensors.Tensor); isLocal {
			shared, err := e.devices.put(local, e.devices.layout(local.Shape()))
			if err != nil {
				return nil, err
			}
			defer shared.FinalizeAll()
			inputs[i] = shared
		}
		layouts[i] = inputs[i].(*dtensor.Tensor).ShardingSpec()
	}
	e.compiled.WithInputShardingSpecs(layouts...)
	shards, err := e.compiled.Call(inputs...) // all those of the first device, then those of the second
	if err != nil {
		return nil, err
	}
	outputs := make([]array, len(e.outputs))
	for i, layout := range e.outputs {
		var own []*tensors.Tensor
		for at := i; at < len(shards); at += len(outputs) {
			own = append(own, shards[at])
		}
		if outputs[i], err = dtensor.NewTensor(layout, own); err != nil {
			return nil, err
		}
	}
	return outputs, nil
}
