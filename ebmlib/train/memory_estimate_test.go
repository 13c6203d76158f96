package train

import (
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/data"
)

// x has 4,000 bytes and is not counted. While the square is made, the exponential and the square are there; the sum has 4 bytes more, when the
// exponential is gone. What no output needs takes nothing.
func TestPeaks(t *testing.T) {
	g := NewGraph(backendtest.Go(t).Backend, "peaks")
	x := Parameter(g, "x", shapes.Make(dtypes.Float32, 1000))
	exponential := Exp(x)
	Log(Concatenate([]*Node{x, x}, 0)) // 16,000 bytes that nobody needs
	square := Mul(Reshape(exponential, 10, 100), Reshape(exponential, 10, 100))
	sum := ReduceAllSum(square)
	for name, test := range map[string]struct {
		outputs        []*Node
		atOnce, bySize int64
	}{
		"a view keeps what it views":   {[]*Node{square}, 8000, 8000},
		"what was used is given up":    {[]*Node{sum}, 8000, 8004},
		"outputs stay":                 {[]*Node{exponential, sum}, 8004, 8004},
		"an output may be a view":      {[]*Node{Reshape(exponential, 20, 50), sum}, 8004, 8004},
		"a parameter takes nothing":    {[]*Node{Reshape(x, 20, 50)}, 0, 0},
		"sizes don't share each other": {[]*Node{Exp(Slice(Exp(x), AxisRange(0, 10)))}, 4040, 4080},
	} {
		if atOnce, bySize := peaks(g.Nodes(), test.outputs); atOnce != test.atOnce || bySize != test.bySize {
			t.Errorf("%s: %d at once and %d by size, want %d and %d", name, atOnce, bySize, test.atOnce, test.bySize)
		}
	}
}

// The parts that are known are those that the run then has.
func TestShares(t *testing.T) {
	t.Setenv(backends.Variable, "go") // ONNX Runtime is given the data set bit by bit.
	set := colourPictures()           // 30 images of 192 bytes, with labels of 4
	config := tinyMethod()
	run := mustOpen(t, t.TempDir(), config)
	before, err := run.shares(set)
	if err != nil {
		t.Fatal(err)
	}
	if before[0].bytes != 30*196 || before[1].bytes != 28*196 || before[1].held || before[2].held {
		t.Errorf("before the first step they are %v", before)
	}
	mustTrain(t, run, set, 1)
	after, err := run.shares(set)
	if err != nil {
		t.Fatal(err)
	}
	if after[0].held || !after[1].held || !after[2].held || after[2].bytes != before[2].bytes {
		t.Errorf("once it is trained they are %v", after)
	}
	var weights int64
	for variable := range run.store.IterVariables() {
		if variable.DType() == dtypes.Float32 && !variable.Shape().IsScalar() { // The buffer has bytes, and random states other integers.
			weights += variable.Shape().ByteSize()
		}
	}
	if after[2].bytes != weights {
		t.Errorf("weights, average and moments have %d bytes, and were said to have %d", weights, after[2].bytes)
	}
	streamed, err := run.shares(streamOf(set))
	if err != nil {
		t.Fatal(err)
	}
	if streamed[0].bytes != windowSteps*int64(config.Batch)*196 {
		t.Errorf("of a source that is read as it goes there is %v", streamed[0])
	}
}

// The parts that a person can ask for are those of a checkpoint, and what is said before the first step.
func TestMemoryOfARun(t *testing.T) {
	t.Setenv(backends.Variable, "go") // ONNX Runtime is given the data set bit by bit.
	set := colourPictures()
	run := mustOpen(t, t.TempDir(), tinyMethod())
	memory, err := run.Memory(set)
	if err != nil {
		t.Fatal(err)
	}
	if run.Step() != 0 {
		t.Errorf("it made %d steps", run.Step())
	}
	mustTrain(t, run, set, 1)
	var stored int64
	for variable := range run.store.IterVariables() {
		stored += variable.Shape().ByteSize()
	}
	if rest := stored - memory.Replay - memory.Weights; rest < 0 || rest > 100 { // The random state and the optimiser's step are not counted.
		t.Errorf("a checkpoint has values of %d bytes: %+v leaves %d of them", stored, memory, rest)
	}
	if memory.Data != 30*196 || memory.Step < 1 {
		t.Errorf("it takes %+v", memory)
	}
	_, err = mustOpen(t, t.TempDir(), tinyMethod()).Memory(data.Points(data.Moons(), 10, 0))
	requireError(t, err, "it has no labels")
}

// What the estimate builds leaves nothing in the run, which is saved and trained as without it.
func TestEstimateLeavesNothing(t *testing.T) {
	config, set := tinyPoints(), eightGaussians()
	source := trained(t, t.TempDir(), config, set, 1)
	weights, err := source.Weights()
	if err != nil {
		t.Fatal(err)
	}
	first := func(before func(run *Run) error) *Run {
		run := mustOpen(t, t.TempDir(), config)
		if err := before(run); err != nil {
			t.Fatal(err)
		}
		if _, err := run.SetWeights(weights, 2); err != nil {
			t.Fatal(err)
		}
		mustTrain(t, run, set, 3)
		return run
	}
	want := first(func(*Run) error { return nil })
	requireSame(t, first(func(run *Run) error {
		_, err := run.Memory(set)
		return err
	}), want)
	requireSame(t, first(func(run *Run) error {
		requireError(t, run.Train(&failing{stream: stream{set}}, 3), "not to be read")
		return nil
	}), want)
}

// streamOf is a set as a source that is not in memory.
func streamOf(set *data.Set) data.Source { return struct{ data.Source }{set} }

func TestAReplayBufferLargerThanMemoryIsRefused(t *testing.T) {
	t.Setenv(backends.Variable, "go") // ONNX Runtime is given the data set bit by bit.
	for capacity, bytes := range map[int]string{1e12: "64000000000512 bytes", 1e18: "9223372036854775807 bytes"} {
		config := tinyImages()
		config.Replay.Capacity = capacity
		run := mustOpen(t, t.TempDir(), config)
		before := residentBytes(t)
		err := run.Train(pictures(), 1)
		requireError(t, err, run.Dir, "memory for it", "replay buffer", bytes, "data set 1.9 kB (1920 bytes)", "lower Replay.Capacity")
		if grown := residentBytes(t) - before; grown > 50e6 {
			t.Errorf("%d bytes were allocated before it was refused", grown)
		}
		if run.store != nil || run.Step() != 0 {
			t.Error("the run has variables, or made steps")
		}
	}
}

// It could be saved, and not be loaded again.
func TestAReplayBufferLargerThanACheckpointIsRefused(t *testing.T) {
	config := tinyMethod()
	config.Replay.Capacity = 6_000_000 // samples of 192 bytes
	err := mustOpen(t, t.TempDir(), config).Train(colourPictures(), 1)
	requireError(t, err, "replay buffer", "1.1 GB", "lower Replay.Capacity to 5592")

	config = tinyMethod()
	config.Batch = 6_000_000 // No capacity would do.
	err = mustOpen(t, t.TempDir(), config).Train(colourPictures(), 1)
	requireError(t, err, "replay buffer", "1.2 GB", "lower Batch")
}

func TestMemoryLines(t *testing.T) {
	run := &Run{Dir: "runs/digits", Config: Digits()}
	enough := run.memoryLines(15e6, 10e6, 22e6, "this machine")
	if want := "memory: about 15 MB of the 22 MB that this machine has for it, 10 MB of them within a step\n"; enough != want {
		t.Errorf("%q, want %q", enough, want)
	}
	few := run.memoryLines(15e6, 10e6, 14e6, "this machine")
	if !strings.HasPrefix(few, "memory: about 15 MB of the 14 MB") || !strings.Contains(few, "WARNING: run runs/digits") || !strings.Contains(few, "lower Batch") {
		t.Errorf("%q doesn't warn", few)
	}
	if strings.Contains(few, "Recompute") {
		t.Errorf("%q speaks of a setting that would not help", few)
	}
	run.Config.KLSteps = 3
	if few := run.memoryLines(15e6, 10e6, 14e6, "this machine"); !strings.Contains(few, "Recompute") {
		t.Errorf("%q doesn't speak of Recompute", few)
	}
}

// A step of a larger batch takes more, made in pieces too; more steps of the chain that are not differentiated don't.
func TestStepBytes(t *testing.T) {
	estimate := func(change func(c *Config), energyNodes int) int64 {
		config := tinyImages()
		config.Batch = 64
		change(&config)
		run := mustOpen(t, t.TempDir(), config)
		if err := run.ready(pictures()); err != nil {
			t.Fatal(err)
		}
		devices, err := run.onDevices()
		if err != nil {
			t.Fatal(err)
		}
		bytes, err := run.stepBytes(pictures(), newProgram(config, devices, run.store, energyNodes, false))
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	for _, energyNodes := range []int{0, wholeNodes} {
		once := estimate(func(*Config) {}, energyNodes)
		if image := int64(8 * 8 * 4); once < 64*image*3 { // The data, the samples and the noise are there at the same time.
			t.Errorf("an energy of %d nodes: a step takes %d bytes", energyNodes, once)
		}
		if twice := estimate(func(c *Config) { c.Batch *= 2 }, energyNodes); twice < once*3/2 {
			t.Errorf("an energy of %d nodes: a batch of 64 takes %d bytes, one of 128 %d", energyNodes, once, twice)
		}
		if long := estimate(func(c *Config) { c.Steps *= 4 }, energyNodes); long > once*11/10 {
			t.Errorf("an energy of %d nodes: 3 steps of the chain take %d bytes, 12 %d", energyNodes, once, long)
		}
		through := estimate(func(c *Config) { c.KLSteps = 3 }, energyNodes)
		if through < once*11/10 {
			t.Errorf("an energy of %d nodes: differentiated through 1 step of the chain it takes %d bytes, through 3 %d", energyNodes, once, through)
		}
		if again := estimate(func(c *Config) { c.KLSteps, c.Recompute = 3, true }, energyNodes); again >= through {
			t.Errorf("an energy of %d nodes: differentiated through 3 steps it takes %d bytes, with Recompute %d", energyNodes, through, again)
		}
	}
}
