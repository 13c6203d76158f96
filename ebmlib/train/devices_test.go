package train

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/data"
	"ebm/ebmlib/samplers"
)

// onTwoDevices has the engine be XLA for the CPU with two devices, which are two only to XLA.
func onTwoDevices(t *testing.T) {
	t.Helper()
	// By the comma it is another engine than the one with a single device that other tests have opened.
	const name = "xla:cpu,"
	t.Setenv(backends.Variable, name)
	t.Setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=2 --xla_backend_optimization_level=0")
	engine := backendtest.Open(t, name)
	if engine.NumDevices() != 2 {
		t.Fatalf("%s has %d devices", engine, engine.NumDevices())
	}
}

// trainedOn trains as trained does, on so many devices, in pieces if a step is made so.
func trainedOn(t *testing.T, devices int, inPieces bool, dir string, config Config, set data.Source, steps int) *Run {
	t.Helper()
	run := mustOpen(t, dir, config)
	run.Devices = devices
	if inPieces {
		prepareProgram(t, run, set, wholeNodes, false)
	}
	mustTrain(t, run, set, steps)
	return run
}

// requireClose fails unless the metrics and the replay buffers of two runs agree within rounding.
func requireClose(t *testing.T, got, want *Run) {
	t.Helper()
	for name, column := range want.Metrics() {
		for i, value := range column {
			if other := got.Metrics()[name][i]; math.Abs(other-value) > 1e-4*math.Abs(value)+1e-6 {
				t.Errorf("%s of step %d is %g, want %g", name, i+1, other, value)
			}
		}
	}
	others, samples := buffered(t, got), buffered(t, want)
	for i, value := range samples {
		if math.Abs(float64(others[i]-value)) > 1e-4+1./255 { // A byte may be rounded to the next.
			t.Fatalf("value %d of the replay buffer is %g, want %g", i, others[i], value)
		}
	}
}

// buffered are the samples in a run's replay buffer.
func buffered(t *testing.T, run *Run) []float32 {
	t.Helper()
	samples, err := run.Buffer(run.Config.Replay.Capacity)
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](samples)
}

func TestSeveralDevicesMakeTheStepsOfOne(t *testing.T) {
	onTwoDevices(t)
	images := tinyImages()
	images.Transitions = samplers.Transitions{samplers.RandomShift{Padding: 1}, samplers.HorizontalFlip{Probability: 0.5}}
	conditional, labelled := tinyPoints(), eightGaussians()
	conditional.Classes, labelled.Classes = 3, []string{"a", "b", "c"}
	for i := range 30 {
		labelled.Labels = append(labelled.Labels, int32(i%3))
	}
	conditional.Chain = samplers.HMC{StepSize: 0.3, Leapfrog: 1, Velocity: 0.5}
	conditional.Steps = pieceSteps + 2
	conditional.KLSamples, conditional.Neighbours = 5, 2 // The five first are not the samples of one device.
	for name, test := range map[string]struct {
		config   Config
		set      data.Source
		inPieces bool
	}{
		"images":                {images, pictures(), false},
		"conditional in pieces": {conditional, labelled, true},
	} {
		t.Run(name, func(t *testing.T) {
			one := trainedOn(t, 1, false, t.TempDir(), test.config, test.set, 5)
			two := trainedOn(t, 2, test.inPieces, t.TempDir(), test.config, test.set, 5)
			requireClose(t, two, one)
		})
	}
}

// A checkpoint doesn't say on how many devices it was made.
func TestResumedOnAnotherNumberOfDevices(t *testing.T) {
	onTwoDevices(t)
	config, set := tinyPoints(), eightGaussians()
	one := trained(t, t.TempDir(), config, set, 7)

	dir := t.TempDir()
	trainedOn(t, 1, false, dir, config, set, 2)
	two := trainedOn(t, 2, false, dir, config, set, 5)
	if shards := sharded(t, two, replayPath); shards[0].Shape().Dim(0) != (config.Replay.Capacity+config.Batch)/2 {
		t.Errorf("a device has %s of the replay buffer, want half of it", shards[0].Shape())
	}
	back := trainedOn(t, 1, false, dir, config, set, 7)
	requireClose(t, back, one)
}

func sharded(t *testing.T, run *Run, path string) []*tensors.Tensor {
	t.Helper()
	value, err := run.store.GetVariable(path).DistributedValue()
	if err != nil {
		t.Fatal(err)
	}
	return value.Shards()
}

func TestDevicesRefused(t *testing.T) {
	set := eightGaussians()
	refused := func(config Config, devices int, words ...string) {
		t.Helper()
		run := mustOpen(t, t.TempDir(), config)
		run.Devices = devices
		requireError(t, run.Train(set, 1), append(words, run.Dir)...)
		requireMissing(t, run.Dir+"/"+checkpointsFolder)
	}
	refused(tinyPoints(), -1, "-1 devices", "ask for 1 or more")
	refused(tinyPoints(), 2, "2 devices", "the xla engine", "this is go", "or on 1")

	onTwoDevices(t)
	refused(tinyPoints(), 3, "3 devices", "XLA of jaxlib", "has 2", "at most")
	odd := tinyPoints()
	odd.Batch = 7
	refused(odd, 2, "2 devices", "Batch is 7", "Capacity 20", "multiples of 2")
	odd.Batch, odd.Replay.Capacity = 8, 21
	refused(odd, 2, "2 devices", "Batch is 8", "Capacity 21", "multiples of 2")

	run := trained(t, t.TempDir(), tinyPoints(), set, 1)
	run.Devices = 2
	requireError(t, run.Train(set, 2), run.Dir, "trained on 1", "open it again")
}
