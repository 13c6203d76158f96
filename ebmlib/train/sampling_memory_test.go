package train

import (
	"math"
	"testing"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/internal/machine"
)

// More samples than memory can have are refused before any is made, be it that they don't fit by themselves or that their chains don't.
func TestSamplesThatDoNotFit(t *testing.T) {
	memory, known := machine.ThisMemory()
	if !known {
		t.Skip("how much memory there is isn't known here")
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		run := trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 1)
		const bytes = 8 // of a sample
		for _, n := range []int{int(memory.Total / (2 * bytes)), int(memory.Total / bytes), math.MaxInt} {
			_, err := run.SampleWith(Sampling{Count: n, From: Noise, Rounds: 1, Steps: 1})
			requireError(t, err, run.Dir, "memory", "lower the count")
			_, err = run.SampleWith(Sampling{Count: n, From: Noise, Rounds: 1, Steps: 1, Batch: 10}) // All of them have to be somewhere.
			requireError(t, err, run.Dir, "memory", "lower the count")
			_, err = run.Sample(n, 1)
			requireError(t, err, run.Dir, "memory", "lower the count")
		}
		if _, err := run.Sample(1000, 1); err != nil {
			t.Error(err)
		}
	})
}
