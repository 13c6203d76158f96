package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
)

// Meter makes training steps, or samples, to be timed: by the code that trains and samples in a run, but in no directory, so that
// nothing is written. Its first step compiles the others.
type Meter struct {
	run  *Run
	step func() ([]float32, error) // its metrics, or its samples
	free func()

	toDevice, toHost int // bytes that a step moves
}

// NewMeter is a meter of training steps on a source of examples, by weights that the configuration's seed makes. What the
// host keeps of a run, its metrics, is dropped.
//
// Errors: the configuration makes no sense; the source is damaged, or its examples are not what the model takes.
func NewMeter(config Config, engine *backends.Engine, source data.Source) (*Meter, error) {
	if err := checkSource(source); err != nil {
		return nil, err
	}
	r, err := measured(config, engine, source.Info())
	if err != nil {
		return nil, err
	}
	if err := r.ready(source); err != nil {
		return nil, err
	}
	if r.program, err = r.newProgram(source.Info()); err != nil {
		return nil, err
	}
	feed := newFeed(r.Config, r.program.devices, source)
	m := &Meter{run: r, step: func() ([]float32, error) { return r.makeStep(feed) }, free: feed.free}
	m.toDevice = 4 * config.Batch // the rows of its data
	for _, chosen := range config.choose(0) {
		m.toDevice += int(chosen.(*tensors.Tensor).Shape().ByteSize())
	}
	if r.program.whole == nil { // Each piece of the chain is given its noise factors.
		m.toDevice += 4 * (config.Steps - config.KLSteps)
	}
	if !goesWhole(source, engine) {
		m.toDevice += config.Batch * exampleBytes(source.Info())
	}
	m.toHost = 4 * len(config.metricNames())
	return m, nil
}

// NewSamplingMeter is a meter whose step makes that many steps of n chains, by weights that the configuration's seed makes. The chains
// begin as examples of that shape, of noise, and go on from step to step.
func NewSamplingMeter(config Config, engine *backends.Engine, n, steps int, example ...int) (*Meter, error) {
	if n < 1 || steps < 1 {
		return nil, fmt.Errorf("%d chains of %d steps can't be timed: take at least 1 of each", n, steps)
	}
	r, err := measured(config, engine, data.Info{Name: fmt.Sprintf("examples of shape %v", example), Shape: example, Images: len(example) == 3})
	if err != nil {
		return nil, err
	}
	b, err := r.alone(nil).inTurn(n).bind(n)
	if err != nil {
		return nil, err
	}
	noise, err := b.noise()
	if err != nil {
		return nil, err
	}
	chains, err := b.start(noise, steps)
	if err != nil {
		return nil, err
	}
	step := func() ([]float32, error) {
		chains.made = 0
		return chains.until(steps)
	}
	return &Meter{run: r, step: step, free: chains.finalize, toDevice: 4 * steps, toHost: 4 * n * volume(example)}, nil
}

// exampleBytes is the size of an example on the device.
func exampleBytes(info data.Info) int {
	if info.Images {
		return volume(info.Shape)
	}
	return 4 * volume(info.Shape)
}

func volume(shape []int) int {
	size := 1
	for _, dim := range shape {
		size *= dim
	}
	return size
}

// measured is a run in no directory.
func measured(config Config, engine *backends.Engine, info data.Info) (*Run, error) {
	if err := config.Check(); err != nil {
		return nil, err
	}
	r := &Run{Dir: "to be timed", Config: config, engine: engine, example: info.Shape}
	var err error
	r.store, err = r.variables(info)
	return r, err
}

// Steps makes n steps and gives the time that each took, up to the moment when its metrics, or its samples, were on the host.
func (m *Meter) Steps(n int) ([]time.Duration, error) {
	times := make([]time.Duration, n)
	for i := range times {
		start := time.Now()
		values, err := m.step()
		times[i] = time.Since(start)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(values, func(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) }) {
			return nil, errors.New("a step that was timed made values that are not finite, so its time says nothing: take a smaller step size " +
				"or learning rate")
		}
	}
	return times, nil
}

// Bytes are how many bytes a step moves from the host to the engine's device, and back: what the host chose for it, and its metrics or
// samples. Weights, replay buffer and, but on ONNX Runtime, a data set in memory stay on the device.
func (m *Meter) Bytes() (toDevice, toHost int) { return m.toDevice, m.toHost }

// Finalize gives the engine's memory back.
func (m *Meter) Finalize() { m.free() }
