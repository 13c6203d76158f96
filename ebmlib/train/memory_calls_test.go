package train

import (
	"runtime"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/data"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// What is asked of a run, or drawn, leaves nothing on the engine, neither of what is given nor of what comes of it: 4 MB a call here, of which some
// stay for a while in the gaps of the allocator.
func TestMemoryOfCalls(t *testing.T) {
	t.Setenv(backends.Variable, "onnx") // Whose memory Go does not collect by itself.
	engine := backendtest.Open(t, "onnx")
	const dims, rows = 20000, scoreBatch
	config := tinyPoints()
	config.Model = models.MLP{Hidden: []int{2}}
	config.Batch, config.Replay.Capacity, config.Guard.MaxEnergy = rows, rows, 1e9
	set := &data.Set{Name: "zeros", Shape: []int{dims}, Floats: make([]float32, rows*dims)}
	run := trained(t, t.TempDir(), config, set, 1)
	for name, call := range map[string]func() error{
		"Energies": func() error {
			_, err := run.Energies(set.Tensor())
			return err
		},
		"Scores": func() error {
			_, err := run.Scores(set, 0)
			return err
		},
		"Buffer": func() error {
			_, err := run.Buffer(rows)
			return err
		},
		"Draw": func() error {
			images := tensors.FromShape(shapes.Make(dtypes.Float32, rows, 1, 100, dims/100))
			_, err := samplers.Transitions{samplers.HorizontalFlip{Probability: 0.5}}.Draw(engine, images, 1, 1)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			after := func(calls int) int {
				for range calls {
					if err := call(); err != nil {
						t.Fatal(err)
					}
					runtime.GC()
				}
				return residentBytes(t)
			}
			before := after(10)
			const more = 40
			each := float64(after(more)-before) / more / 1e6
			t.Logf("%.1f MB after 10 calls, and %.1f MB more for each of another %d", float64(before)/1e6, each, more)
			if each > 2.5 {
				t.Errorf("%d calls left %.1f MB each", more, each)
			}
		})
	}
}
