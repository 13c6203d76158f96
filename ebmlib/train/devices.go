package train

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/dtensor"

	"ebm/ebmlib/backends"
)

// devices are what the graphs of a training run on: one of the engine's devices, or several.
//
// Over several XLA's partitioner shares the work out. A graph says what one device would compute. Told which arrays lie split by their rows, XLA has
// each device compute what belongs to its rows, and exchange with the others what that needs of theirs. So a mean is over the whole batch, the
// nearest neighbours are among all samples, and the random numbers are those of one device.
type devices struct {
	engine *backends.Engine
	count  int

	// Of several devices: an array lies whole on each, or split by its rows. Those that a graph takes or gives are split if they have a row
	// for each of the batch.
	whole, split *distributed.ShardingSpec
	batch        int
}

// array is a value on the devices: a tensor on one, a distributed tensor on several.
type array interface {
	FinalizeAll() error
}

// checkDevices tells whether training can be shared out over as many devices as it shall.
func (r *Run) checkDevices() error {
	c, n := r.Config, r.Devices
	refuse := func(format string, values ...any) error {
		return fmt.Errorf("run %s can't train on %d devices: "+format, append([]any{r.Dir, n}, values...)...)
	}
	switch {
	case n < 0:
		return refuse("ask for 1 or more")
	case r.program != nil && r.program.devices.count != max(n, 1):
		return refuse("since it was opened it has trained on %d, so open it again", r.program.devices.count)
	case n <= 1:
		return nil
	case r.engine.Kind != "xla":
		return refuse("several take the xla engine, and this is %s: train on a machine with GPUs, or on 1", r.engine.Kind)
	case n > r.engine.NumDevices():
		return refuse("the engine (%s) has %d: ask for that at most", r.engine.Details, r.engine.NumDevices())
	case c.Batch%n > 0 || c.Replay.Capacity%n > 0:
		return refuse("they take equal parts of the batch and of the replay buffer, and Batch is %d and Replay.Capacity %d: set both to "+
			"multiples of %d, or take another number of devices", c.Batch, c.Replay.Capacity, n)
	}
	return nil
}

// onDevices gives the devices of the training. On several the replay buffer lies split, and all else that the run keeps lies whole.
func (r *Run) onDevices() (*devices, error) {
	d := &devices{engine: r.engine, count: max(r.Devices, 1), batch: r.Config.Batch}
	if d.count == 1 {
		return d, nil
	}
	mesh, err := distributed.NewDeviceMesh([]int{d.count}, []string{"devices"})
	if err != nil {
		return nil, err
	}
	d.whole = distributed.NewReplicatedShardingSpec(mesh)
	if d.split, err = distributed.NewShardingSpec(mesh, mesh.AxesNames()); err != nil {
		return nil, err
	}
	for variable := range r.store.IterVariables() {
		layout := d.whole
		if path := variable.Path(); path == replayPath || path == labelsPath {
			layout = d.split
		}
		if err := variable.SetShardingSpec(layout); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// layout is how an array lies on several devices that a graph takes or gives.
func (d *devices) layout(shape shapes.Shape) *distributed.ShardingSpec {
	if shape.Rank() > 0 && shape.Dim(0) == d.batch {
		return d.split
	}
	return d.whole
}

// put brings a tensor onto the devices, in that layout on several.
func (d *devices) put(local *tensors.Tensor, layout *distributed.ShardingSpec) (array, error) {
	if d.count == 1 {
		return local, nil
	}
	shared, err := dtensor.ShardTensor(layout, local)
	if err != nil {
		return nil, err
	}
	for i, shard := range shared.Shards() {
		if err := shard.ToDevice(d.engine.Backend, compute.DeviceNum(i)); err != nil {
			return nil, err
		}
	}
	return shared, nil
}

// host copies the values of an array of float32.
func host(a array) ([]float32, error) {
	if shared, isShared := a.(*dtensor.Tensor); isShared {
		merged, err := shared.Merge()
		if err != nil {
			return nil, err
		}
		a = merged
	}
	return tensors.CopyFlatData[float32](a.(*tensors.Tensor))
}

func asInputs[A array](all []A) []any {
	inputs := make([]any, len(all))
	for i, array := range all {
		inputs[i] = array
	}
	return inputs
}

// finalize gives an engine's memory back, which the garbage collector doesn't reach into.
func finalize[A array](all []A) {
	for _, array := range all {
		array.FinalizeAll()
	}
}
