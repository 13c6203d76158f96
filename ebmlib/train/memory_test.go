package train

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"testing"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/data"
	"ebm/ebmlib/models"
)

// The memory of a training doesn't grow with its steps: after 1,000 it is within 2% of that after 100, give or take the 5 MB by which
// what allocators keep goes up and down. The data set and the replay buffer have 800 kB each: one of either left behind a step would be
// 720 MB, and 6 kB a step would show.
func TestMemory(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		config := tinyPoints()
		config.Replay.Capacity = 100000
		config.Adam.LearningRate = 1e-5 // So small a network would diverge within 1,000 steps.
		set := data.Points(data.EightGaussians(), 100000, 1)
		run := trained(t, t.TempDir(), config, set, 100)
		before := residentBytes(t)
		mustTrain(t, run, set, 1000)
		after := residentBytes(t)
		t.Logf("%.1f MB after 100 steps, %.1f MB after 1,000", float64(before)/1e6, float64(after)/1e6)
		if float64(after) > 1.02*float64(before)+5e6 {
			t.Errorf("900 steps took the process from %.1f MB of memory to %.1f", float64(before)/1e6, float64(after)/1e6)
		}
	})
}

// What the engine keeps for a run's training steps goes with the run. Here that is 100 MB, of which, run after run, some MB stay in the gaps
// between others of the allocator's blocks.
func TestMemoryOfRunsThatAreDropped(t *testing.T) {
	t.Setenv(backends.Variable, "onnx") // Whose memory Go does not collect by itself.
	if _, err := backends.Open(); err != nil {
		t.Skip(err)
	}
	config := tinyPoints()
	config.Model = models.MLP{Hidden: []int{256, 256}}
	config.Batch = 1024
	set := data.Points(data.EightGaussians(), config.Batch, 1)
	after := func(runs int) int {
		for range runs {
			trained(t, t.TempDir(), config, set, 2)
			runtime.GC() // After which the run is cleaned up.
		}
		return residentBytes(t)
	}
	before := after(5)
	const more = 10
	grown := after(more) - before
	t.Logf("%.1f MB after 5 runs, %.1f MB more after another %d", float64(before)/1e6, float64(grown)/1e6, more)
	if grown > more*40e6 {
		t.Errorf("%d runs that were dropped left %.1f MB each", more, float64(grown)/more/1e6)
	}
}

// residentBytes is how much of the process is in memory once the garbage is collected.
func residentBytes(t *testing.T) int {
	t.Helper()
	debug.FreeOSMemory()
	const path = "/proc/self/statm"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("resident memory is read from %s, which isn't here: %v", path, err)
	}
	var size, pages int
	if _, err := fmt.Fscan(bytes.NewReader(text), &size, &pages); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return pages * os.Getpagesize()
}
