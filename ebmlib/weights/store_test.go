package weights_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/models"
	"ebm/ebmlib/weights"
)

func TestThroughAFileAndBack(t *testing.T) {
	from := network(t, 2, "/energy", dtypes.Float32)
	want := export(t, from, "/energy")
	if len(want) != 34 || want["res1.conv1.weight"] == nil {
		t.Fatalf("exported %d tensors: %v", len(want), want)
	}
	for _, ending := range []string{".npz", ".safetensors"} {
		t.Run(ending, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "weights"+ending)
			ok(t, weights.Write(path, want))
			read, err := weights.Read(path)
			ok(t, err)
			same(t, read, want)

			for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
				to := network(t, 2, "/other/place", dtype)
				report, err := weights.Import(to.Scope("/other/place"), read)
				ok(t, err)
				if len(report.Loaded) != 34 || len(report.Missing)+len(report.Mismatched)+len(report.Extra) > 0 || !slices.IsSorted(report.Loaded) {
					t.Errorf("report %+v", report)
				}
				if got := to.GetVariable("/other/place/conv1/weight").DType(); got != dtype {
					t.Errorf("a weight of %s became one of %s", dtype, got)
				}
				same(t, export(t, to, "/other/place"), want)
			}
		})
	}
}

func TestFloat64IsWrittenAsFloat32(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weights.npz")
	ok(t, weights.Write(path, weights.Tensors{"a": tensors.FromFlatDataAndDimensions([]float64{0.1, -3}, 2)}))
	read, err := weights.Read(path)
	ok(t, err)
	same(t, read, weights.Tensors{"a": floats([]float32{0.1, -3}, 2)})
}

// Tensors and weights don't share memory: neither an import nor an export ties them.
func TestWeightsAreCopies(t *testing.T) {
	store := network(t, 2, "/energy", dtypes.Float32)
	exported := export(t, store, "/energy")
	before := flat(t, exported["conv1.bias"])
	_, err := weights.Import(store.Scope("/energy"), exported)
	ok(t, err)
	ok(t, store.GetVariable("/energy/conv1/bias").SetValue(floats([]float32{5, 5}, 2)))
	if after := flat(t, exported["conv1.bias"]); !slices.Equal(after, before) {
		t.Errorf("%v became %v", before, after)
	}
}

func TestImportListsWhatDoesNotFit(t *testing.T) {
	store := network(t, 2, "/energy", dtypes.Float32)
	want := export(t, store, "/energy")
	given := export(t, network(t, 2, "/energy", dtypes.Float32), "/energy")
	given["conv1.bias"] = floats([]float32{1, 2, 3, 4}, 4)
	given["res1.conv1.weight"] = floats(make([]float32, 36), 4, 9)
	given["heir_weight"] = floats([]float32{1}, 1)
	given["avg_pool.filt"] = floats([]float32{1}, 1)
	delete(given, "res2.bn1.bias")
	delete(given, "energy_map.weight")

	report, err := weights.Import(store.Scope("/energy"), given)
	expectError(t, err, "don't fit", "as they were", "Tensors.Under", report.String())
	const lines = `0 weights loaded
missing: energy_map.weight
missing: res2.bn1.bias
shape: conv1.bias is [4], the network's is [2]
shape: res1.conv1.weight is [4 9], the network's is [2 2 3 3]
extra: avg_pool.filt
extra: heir_weight`
	if report.String() != lines {
		t.Errorf("report:\n%s\nwant:\n%s", report, lines)
	}
	same(t, export(t, store, "/energy"), want)
}

func TestImportOfOtherTypes(t *testing.T) {
	store := network(t, 2, "/energy", dtypes.Float32)
	want := export(t, store, "/energy")
	given := export(t, network(t, 2, "/energy", dtypes.Float32), "/energy")
	for part, bias := range map[string]*tensors.Tensor{
		"Int32": tensors.FromFlatDataAndDimensions([]int32{1, 2}, 2),
		"value 1: 1e+39 is beyond the range of float32": tensors.FromFlatDataAndDimensions([]float64{1, 1e39}, 2),
	} {
		given["conv1.bias"] = bias
		report, err := weights.Import(store.Scope("/energy"), given)
		expectError(t, err, `"conv1.bias"`, part)
		if len(report.Loaded) > 0 {
			t.Errorf("nothing was changed, and the report has %v as loaded", report.Loaded)
		}
		same(t, export(t, store, "/energy"), want)
		expectError(t, weights.Write(filepath.Join(t.TempDir(), "w.npz"), given), `"conv1.bias"`, part)
	}
}

func TestValuesThatAreNotFiniteAreRefused(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.Float32, dtypes.Float64} {
		store := network(t, 2, "/energy", dtype)
		want := export(t, store, "/energy")
		given := export(t, network(t, 2, "/energy", dtypes.Float32), "/energy")
		for part, value := range map[string]float64{"value 1 is NaN": math.NaN(), "value 1 is -Inf": math.Inf(-1)} {
			for _, bias := range []*tensors.Tensor{
				tensors.FromFlatDataAndDimensions([]float64{0, value}, 2), tensors.FromFlatDataAndDimensions([]float32{0, float32(value)}, 2),
			} {
				given["conv1.bias"] = bias
				_, err := weights.Import(store.Scope("/energy"), given)
				expectError(t, err, `"conv1.bias"`, part)
				same(t, export(t, store, "/energy"), want)
			}
		}
	}
}

func TestExtraTensorsAreAccepted(t *testing.T) {
	store := network(t, 2, "/energy", dtypes.Float32)
	given := export(t, store, "/energy")
	given["heir_weight"] = tensors.FromScalar(int32(1)) // Of whatever type.
	report, err := weights.Import(store.Scope("/energy"), given)
	ok(t, err)
	if report.String() != "34 weights loaded\nextra: heir_weight" {
		t.Errorf("report %q", report)
	}
}

func TestOnlyWeightsBelowTheScopeAreTaken(t *testing.T) {
	store := network(t, 2, "/energy", dtypes.Float32)
	for path, value := range map[string]*tensors.Tensor{
		"/energy/#rngState":   tensors.FromFlatDataAndDimensions([]uint64{1, 2, 3}, 3),
		"/energy_average/map": floats([]float32{1}, 1),
	} {
		_, err := store.CreateVariable(path, value)
		ok(t, err)
	}
	exported := export(t, store, "/energy")
	if len(exported) != 34 {
		t.Errorf("exported %d tensors", len(exported))
	}
	report, err := weights.Import(store.Scope("/energy"), exported)
	ok(t, err)
	if len(report.Loaded) != 34 {
		t.Errorf("report %s", report)
	}
	if whole := export(t, store, "/"); len(whole) != 35 || whole["energy.conv1.bias"] == nil || whole["energy_average.map"] == nil {
		t.Errorf("the root has %d weights", len(whole))
	}
}

func TestNoWeights(t *testing.T) {
	scope := model.NewStore().Scope("/energy")
	_, err := weights.Export(scope)
	expectError(t, err, "no weights", "/energy", "run a graph")
	_, err = weights.Import(scope, weights.Tensors{"a": floats([]float32{1}, 1)})
	expectError(t, err, "no weights", "/energy", "run a graph")
}

func TestTwoWeightsOfOneName(t *testing.T) {
	store := model.NewStore()
	for _, path := range []string{"/a/b", "/a.b"} {
		_, err := store.CreateVariable(path, floats([]float32{1}, 1))
		ok(t, err)
	}
	_, err := weights.Export(store.RootScope())
	expectError(t, err, "/a/b", "/a.b", "rename")
}

func TestUnderCutsAPrefix(t *testing.T) {
	a, b := floats([]float32{1}, 1), floats([]float32{2}, 1)
	all := weights.Tensors{"module.a": a, "module.sub.b": b, "a": b, "modules.a": b}
	same(t, all.Under("module."), weights.Tensors{"a": a, "sub.b": b})
	same(t, all.Under(""), all)
	if none := all.Under("param/"); len(none) != 0 {
		t.Errorf("%v", none)
	}
}

// TestReferenceWeights imports weights of the paper's reference implementation, with which the network has its energies.
func TestReferenceWeights(t *testing.T) {
	file, err := weights.Read(filepath.Join("..", "golden", "testdata", "mnist_uncond.npz"))
	ok(t, err)
	store := network(t, 6, "/energy", dtypes.Float32)
	report, err := weights.Import(store.Scope("/energy"), file.Under("param/"))
	ok(t, err)
	if len(report.Loaded) != 34 || len(report.Extra) == 0 {
		t.Errorf("report %s", report)
	}
	for _, name := range report.Extra { // Those of the conditional network.
		if !strings.Contains(name, "latent_map") && !strings.HasPrefix(name, "map_fc") {
			t.Errorf("%s is extra", name)
		}
	}

	exec, err := model.NewExec(backendtest.Go(t).Backend, store, func(scope *model.Scope, x *Node) *Node {
		return models.MNIST{Filters: 6}.Energy(scope.At("energy"), x, nil)
	})
	ok(t, err)
	outputs, err := exec.Call(file["x_pos"])
	ok(t, err)
	if want := file["energy_pos_each_scale"]; !outputs[0].InDelta(want, 1e-5) {
		t.Errorf("energies %s, want %s", outputs[0], want)
	}
}
