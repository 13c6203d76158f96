// Package backendtest opens engines for tests, and runs a test on every engine that the machine has.
package backendtest

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"ebm/ebmlib/backends"
)

// Go is the pure Go engine, which is always there.
func Go(t testing.TB) *backends.Engine {
	t.Helper()
	return Open(t, "go")
}

// Open is the engine of that name. Where it is missing the test is skipped, with the reason.
func Open(t testing.TB, name string) *backends.Engine {
	t.Helper()
	engine, err := backends.OpenNamed(name)
	var missing backends.Missing
	if errors.As(err, &missing) {
		t.Skip(missing)
	}
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// CUDACompiler is the name of an engine that compiles by XLA's CUDA compiler for a GPU that needn't be there, and computes nothing: what comes out is
// zeros. Where it is missing the test is skipped.
func CUDACompiler(t testing.TB) string {
	t.Helper()
	_, source, _, _ := runtime.Caller(0)
	plugin := filepath.Join(filepath.Dir(source), "..", "..", "..", ".deps", "xla", "pjrt_cuda.so")
	if _, err := os.Stat(plugin); err != nil {
		t.Skip("XLA's CUDA compiler is not installed (`kernels/setup-xla cuda` does that)")
	}
	t.Setenv("GOPJRT_CUDA_CHECKS", "0") // Of the libraries that running takes none is needed.
	return "xla:" + plugin
}

// xlaFlags have XLA compile for a CPU in half the time. The code is slower, but tests hardly run it. Without the fusion emitters
// it would be a quarter of the time, but the two together compute wrong numbers on AVX-512.
const xlaFlags = "--xla_backend_optimization_level=0"

// EachEngine runs the test as a subtest on each engine, which within it is the one that [backends.Open] opens. One that is
// missing here is skipped with the reason; the pure Go engine never is.
func EachEngine(t *testing.T, test func(t *testing.T, engine *backends.Engine)) {
	for _, name := range []string{"go", "onnx", "xla", "xla:cpu"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(backends.Variable, name)
			if name == "xla:cpu" && os.Getenv("XLA_FLAGS") == "" {
				t.Setenv("XLA_FLAGS", xlaFlags)
			}
			test(t, Open(t, name))
		})
	}
}
