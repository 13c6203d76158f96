package weights_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/models"
	"ebm/ebmlib/weights"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// expectError fails the test unless err is there and its message has every one of the parts.
func expectError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, wanted one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}

// network makes the variables of an MNIST network below a scope of a new store, of the type.
func network(t *testing.T, filters int, scope string, dtype dtypes.DType) *model.Store {
	t.Helper()
	store := model.NewStore()
	exec, err := model.NewExec(backendtest.Go(t).Backend, store, func(root *model.Scope, g *Graph) *Node {
		return models.MNIST{Filters: filters}.Energy(root.Store().Scope(scope), Zeros(g, shapes.Make(dtype, 2, 1, 8, 8)), nil)
	})
	ok(t, err)
	_, err = exec.Call()
	ok(t, err)
	return store
}

// flat copies the values of a tensor of float32 or float64.
func flat(t *testing.T, x *tensors.Tensor) []float64 {
	t.Helper()
	if x.DType() == dtypes.Float64 {
		return tensors.MustCopyFlatData[float64](x)
	}
	var values []float64
	for _, v := range tensors.MustCopyFlatData[float32](x) {
		values = append(values, float64(v))
	}
	return values
}

// same checks that two sets of tensors have the same names, shapes and values.
func same(t *testing.T, got, want weights.Tensors) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d tensors, want %d", len(got), len(want))
	}
	for name, w := range want {
		g := got[name]
		if g == nil {
			t.Errorf("%s is missing", name)
			continue
		}
		if !slices.Equal(g.Shape().Dimensions, w.Shape().Dimensions) || !slices.Equal(flat(t, g), flat(t, w)) {
			t.Errorf("%s is %s, want %s", name, g, w)
		}
	}
}

// export is what a store has below a scope.
func export(t *testing.T, store *model.Store, scope string) weights.Tensors {
	t.Helper()
	exported, err := weights.Export(store.Scope(scope))
	ok(t, err)
	return exported
}

func floats(values []float32, dims ...int) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

func writeFile(t testing.TB, content []byte, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	ok(t, os.WriteFile(path, content, 0o666))
	return path
}

// safetensors is a file with this header and these bytes of values.
func safetensors(header string, values ...byte) []byte {
	file := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(file, header...), values...)
}
