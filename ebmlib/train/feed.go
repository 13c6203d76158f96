package train

import (
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
)

// windowSteps is for how many steps the examples of a source are read at once.
const windowSteps = 8

// feed brings a training's examples onto the devices. A set in memory goes there whole; of another source, and on ONNX Runtime, only the examples
// of a window of steps, those of the next being read meanwhile. Which examples a step takes is the same either way.
type feed struct {
	config  Config
	devices *devices
	source  data.Source
	order   order

	examples []array     // the examples on the devices, and their labels if the energy is conditioned on them
	window   int         // which is on the device
	next     chan loaded // the window after it, being read
}

// goesWhole tells whether a source's examples are brought onto the engine's devices all at once. ONNX Runtime copies all that rows are taken from, so
// it is given few.
func goesWhole(source data.Source, engine *backends.Engine) bool {
	_, inMemory := source.(*data.Set)
	return inMemory && engine.Kind != "onnx"
}

type loaded struct {
	window int
	set    *data.Set
	err    error
}

func newFeed(c Config, d *devices, source data.Source) *feed {
	return &feed{config: c, devices: d, source: source, order: order{seed: c.Seed, examples: source.Info().Examples}, window: -1}
}

// step gives the inputs of a step's graph that are of the data: the examples on the device, their labels perhaps, and the rows
// among them that the step takes.
func (f *feed) step(step int) ([]any, error) {
	batch := f.config.Batch
	if goesWhole(f.source, f.devices.engine) {
		if f.examples == nil {
			if err := f.put(f.source.(*data.Set)); err != nil {
				return nil, err
			}
		}
		return append(asInputs(f.examples), tensors.FromValue(int32s(f.order.rows(step*batch, batch)))), nil
	}
	if window := step / windowSteps; window != f.window {
		set, err := f.read(window)
		if err == nil {
			err = f.config.checkLabels(set)
		}
		if err != nil {
			return nil, err
		}
		f.free()
		if err := f.put(set); err != nil {
			return nil, err
		}
		f.window = window
	}
	rows := make([]int32, batch)
	for i := range rows {
		rows[i] = int32(step%windowSteps*batch + i)
	}
	return append(asInputs(f.examples), tensors.FromValue(rows)), nil
}

// read gives a window's examples, and begins to read those of the next.
func (f *feed) read(window int) (*data.Set, error) {
	var got loaded
	if f.next != nil {
		got = <-f.next
	}
	if f.next == nil || got.window != window {
		got.set, got.err = readRows(f.source, f.rows(window))
	}
	next, rows := make(chan loaded, 1), f.rows(window+1)
	f.next = next
	go func() {
		set, err := readRows(f.source, rows)
		next <- loaded{window + 1, set, err}
	}()
	return got.set, got.err
}

func (f *feed) rows(window int) []int {
	return f.order.rows(window*windowSteps*f.config.Batch, windowSteps*f.config.Batch)
}

// put brings a set that was checked onto the devices, whole on each.
func (f *feed) put(set *data.Set) error {
	examples, err := f.devices.put(set.Tensor(), f.devices.whole)
	if err != nil {
		return err
	}
	f.examples = []array{examples}
	if f.config.Classes == 0 {
		return nil
	}
	labels, err := f.devices.put(tensors.FromFlatDataAndDimensions(set.Labels, len(set.Labels)), f.devices.whole)
	if err != nil {
		return err
	}
	f.examples = append(f.examples, labels)
	return nil
}

// checkLabels refuses a set whose labels are not what the energy is conditioned on.
func (c Config) checkLabels(set *data.Set) error {
	if c.Classes == 0 {
		return nil
	}
	if set.Labels == nil {
		return fmt.Errorf("%s has no labels, and the energy is conditioned on those of %d classes", set.Name, c.Classes)
	}
	for i, label := range set.Labels {
		if label < 0 || int(label) >= c.Classes {
			return fmt.Errorf("%s: example %d has the label %d, and the configuration's Classes is %d", set.Name, i, label, c.Classes)
		}
	}
	return nil
}

// free gives back the devices' memory.
func (f *feed) free() {
	finalize(f.examples)
	f.examples = nil
}

func int32s(rows []int) []int32 {
	narrow := make([]int32, len(rows))
	for i, row := range rows {
		narrow[i] = int32(row)
	}
	return narrow
}
