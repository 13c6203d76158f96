package train

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"testing"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/data"
)

// The memory of a training doesn't grow with its steps. The data set and the replay buffer have 800 kB each: one of either left
// behind a step would be 80 MB.
func TestMemory(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		config := tinyPoints()
		config.Replay.Capacity = 100000
		set := data.Points(data.EightGaussians(), 100000, 1)
		run := trained(t, t.TempDir(), config, set, 50)
		before := residentBytes(t)
		mustTrain(t, run, set, 150)
		if after := residentBytes(t); after > before+20e6 {
			t.Errorf("100 steps took the process from %d MB of memory to %d", before/1e6, after/1e6)
		}
	})
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
