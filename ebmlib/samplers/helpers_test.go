package samplers_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
)

// call runs a graph function on an engine.
func call(t *testing.T, engine *backends.Engine, build func(inputs []*Node) []*Node, args ...any) []*tensors.Tensor {
	t.Helper()
	exec, err := NewExec(engine.Backend, build)
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := exec.Call(args...)
	if err != nil {
		t.Fatal(err)
	}
	return outputs
}

func near(t *testing.T, what string, output *tensors.Tensor, want []float32, tolerance float64) {
	t.Helper()
	got := tensors.MustCopyFlatData[float32](output)
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range want {
		if !(math.Abs(float64(got[i])-float64(want[i])) <= tolerance) {
			t.Errorf("%s, entry %d: %g, want %g", what, i, got[i], want[i])
		}
	}
}
