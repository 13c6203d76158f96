package layers_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
)

// call runs a graph function on an engine with the store's parameters.
func call(t *testing.T, engine *backends.Engine, store *model.Store, build func(*model.Scope, []*Node) []*Node, args ...any) []*tensors.Tensor {
	t.Helper()
	exec, err := model.NewExec(engine.Backend, store, build)
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := exec.Call(args...)
	if err != nil {
		t.Fatal(err)
	}
	return outputs
}

// normals draws count normal numbers.
func normals(random *rand.Rand, count int) []float32 {
	values := make([]float32, count)
	for i := range values {
		values[i] = float32(random.NormFloat64())
	}
	return values
}

func near[T float32 | float64](t *testing.T, what string, got, want []T, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range want {
		if !(math.Abs(float64(got[i])-float64(want[i])) <= tolerance) {
			t.Fatalf("%s, entry %d: %g, want %g", what, i, got[i], want[i])
		}
	}
}

// panics checks that building a graph fails with a message that has all the parts.
func panics(t *testing.T, build func(g *Graph), parts ...string) {
	t.Helper()
	err := exceptions.TryCatch[error](func() { build(NewGraph(backendtest.Go(t).Backend, t.Name())) })
	if err == nil {
		t.Errorf("no panic; want one that says %q", parts)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the message %q lacks %q", err, part)
		}
	}
}
