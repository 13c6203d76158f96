package features_test

import (
	"math"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/floats"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/features"
	"ebm/ebmlib/weights"
)

// Images and weights by the formulas of testdata/inception.py, which wrote what pytorch-fid's network makes of them.

// uniform are n values in [0, 1).
func uniform(name string, n int) []float64 {
	state := uint64(0xcbf29ce484222325)
	for _, b := range []byte(name) {
		state = (state ^ uint64(b)) * 0x100000001b3
	}
	values := make([]float64, n)
	for i := range values {
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		values[i] = float64((z^z>>31)>>40) / (1 << 24)
	}
	return values
}

func formulaImages(name string, dims ...int) *tensors.Tensor {
	x := tensors.FromFlatDataAndDimensions(make([]float32, product(dims)), dims...)
	tensors.MustMutableFlatData(x, func(flat []float32) {
		for i, value := range uniform(name, len(flat)) {
			flat[i] = float32(math.Floor(256*value) / 255)
		}
	})
	return x
}

func product(dims []int) int {
	n := 1
	for _, dim := range dims {
		n *= dim
	}
	return n
}

// formulaWeights are those of the network's variables.
var formulaWeights = sync.OnceValues(func() (weights.Tensors, error) {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		return nil, err
	}
	// The error is that there are no values; the variables are what is wanted.
	store, _ := features.InceptionStore(engine, nil)
	all := weights.Tensors{}
	for variable := range store.IterVariables() {
		dims := variable.Shape().Dimensions
		name := weights.Name(store.RootScope(), variable)
		flat := make([]float32, product(dims))
		for i, value := range uniform(name, len(flat)) {
			switch {
			case strings.HasSuffix(name, "bn.weight"), strings.HasSuffix(name, "running_var"):
				value = 0.75 + value/2
			case len(dims) == 1:
				value = (value - 0.5) / 4
			default:
				value = (2*value - 1) * math.Sqrt(6/float64(product(dims[1:])))
			}
			flat[i] = float32(value)
		}
		all[name] = tensors.FromFlatDataAndDimensions(flat, dims...)
	}
	return all, nil
})

func mustFormulaWeights(t *testing.T) weights.Tensors {
	t.Helper()
	all, err := formulaWeights()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// requireGolden fails the test unless rows are the golden array's, within 2e-5 of its largest value.
func requireGolden(t *testing.T, name string, rows [][]float64) {
	t.Helper()
	golden, err := weights.Read("testdata/inception.npz")
	if err != nil {
		t.Fatal(err)
	}
	array := golden[name]
	dims := array.Shape().Dimensions
	if len(rows) != dims[0] || len(rows[0]) != dims[1] {
		t.Fatalf("%s: [%d][%d], want %v", name, len(rows), len(rows[0]), dims)
	}
	var got, want []float64
	for _, value := range tensors.MustCopyFlatData[float32](array) {
		want = append(want, float64(value))
	}
	for _, row := range rows {
		got = append(got, row...)
	}
	if difference := floats.Distance(got, want, math.Inf(1)) / floats.Max(want); !(difference < 2e-5) {
		t.Errorf("%s: the largest difference is %.2g of the largest value", name, difference)
	}
}

// What the network makes of images that must be enlarged, made smaller and coloured is what pytorch-fid's makes of them.
func TestInception(t *testing.T) {
	t.Setenv(backends.Variable, "onnx") // The pure Go engine takes half a minute an image.
	backendtest.Open(t, "onnx")
	path := filepath.Join(t.TempDir(), "inception.safetensors")
	if err := weights.Write(path, mustFormulaWeights(t)); err != nil {
		t.Fatal(err)
	}
	inception, err := features.LoadInception(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]*tensors.Tensor{
		"small": formulaImages("small", 2, 3, 32, 32),
		"large": formulaImages("large", 1, 3, 310, 420),
		"grey":  formulaImages("grey", 1, 1, 28, 28),
	} {
		ofImages, probabilities, err := inception.Extract(x)
		if err != nil {
			t.Fatal(err)
		}
		requireGolden(t, name+".features", ofImages)
		requireGolden(t, name+".probabilities", probabilities)
	}
	for _, x := range []*tensors.Tensor{
		tensors.FromFlatDataAndDimensions(make([]float32, 8), 1, 2, 2, 2),
		tensors.FromFlatDataAndDimensions(make([]float32, 12), 3, 2, 2),
		tensors.FromFlatDataAndDimensions(make([]uint8, 12), 1, 3, 2, 2),
	} {
		_, _, err := inception.Extract(x)
		expectError(t, err, x.Shape().String(), "[n, channels, height, width]", "1 or 3 channels")
	}
}

// On every engine the network is right, of an image at its own size, which is small: the last blocks see 2x3 positions of it.
func TestInceptionNetwork(t *testing.T) {
	all := mustFormulaWeights(t)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		store, err := features.InceptionStore(engine, all)
		if err != nil {
			t.Fatal(err)
		}
		exec, err := model.NewExec(engine.Backend, store, func(scope *model.Scope, x *Node) (ofImages, probabilities *Node) {
			ofImages, logits := features.InceptionNetwork(scope, AddScalar(MulScalar(x, 2), -1))
			return ofImages, Softmax(logits, -1)
		})
		if err != nil {
			t.Fatal(err)
		}
		outputs, err := exec.Call(formulaImages("unresized", 1, 3, 107, 139))
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{"unresized.features", "unresized.probabilities"} {
			row := make([]float64, outputs[i].Size())
			for d, value := range tensors.MustCopyFlatData[float32](outputs[i]) {
				row[d] = float64(value)
			}
			requireGolden(t, name, [][]float64{row})
		}
	})
}

func TestLoadInceptionErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := features.LoadInception(filepath.Join(dir, "nowhere.safetensors"))
	expectError(t, err, "nowhere.safetensors", "no such file", "pt_inception-2015-12-05-6726825d.pth", "torch.load", "save_file")

	// Of torchvision's, which has 1,000 classes.
	other := weights.Tensors{"fc.weight": tensors.FromFlatDataAndDimensions(make([]float32, 1000*2048), 1000, 2048)}
	path := filepath.Join(dir, "torchvision.safetensors")
	if err := weights.Write(path, other); err != nil {
		t.Fatal(err)
	}
	_, err = features.LoadInception(path)
	expectError(t, err, path, "fc.weight is [1000 2048], the network's is [1008 2048]", "missing: Conv2d_1a_3x3.conv.weight", "pt_inception-2015-12-05-6726825d.pth")
}
