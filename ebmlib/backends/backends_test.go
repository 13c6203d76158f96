package backends_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
)

// openOnly makes the test program open an engine, say how that went, and end: an engine opens once in a process, and what these
// tests want to see depends on the process's environment.
const openOnly = "BACKENDS_TEST_OPEN_ONLY"

func TestMain(m *testing.M) {
	if os.Getenv(openOnly) == "" {
		os.Exit(m.Run())
	}
	engine, err := backends.Open()
	if err != nil {
		fmt.Println("error:", err)
	} else {
		fmt.Println(engine)
	}
}

// openIn opens the engine in a process with these environment variables besides, and returns what it printed. It must be done well
// before a network would have timed out.
func openIn(t *testing.T, environment ...string) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, program)
	command.Env = append(append(os.Environ(), openOnly+"=1"), environment...)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("with %q: %v\n%s", environment, err, output)
	}
	return string(output)
}

func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q lacks %q", text, part)
		}
	}
}

func textFile(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte("not a library\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheGoEngineComputes(t *testing.T) {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		t.Fatal(err)
	}
	if engine.Kind != "go" {
		t.Errorf("kind %q", engine.Kind)
	}
	contains(t, engine.String(), "engine: go (", engine.Details, `because "go" was asked for`)

	sum, err := NewExec(engine.Backend, func(x *Node) *Node { return ReduceAllSum(x) })
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := sum.Call([]float32{1, 2, 4})
	if err != nil {
		t.Fatal(err)
	}
	if got := tensors.ToScalar[float32](outputs[0]); got != 7 {
		t.Errorf("1 + 2 + 4 = %g", got)
	}
}

// The engine as it is opened stands several large products that are ready at once.
func TestTheGoEngineDoesNotHang(t *testing.T) {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		t.Fatal(err)
	}
	products, err := NewExec(engine.Backend, func(x *Node) *Node {
		var sum *Node
		for range 8 {
			product := ReduceAllSum(Dot(x, Transpose(x, 0, 1)).Product())
			if sum == nil {
				sum = product
			} else {
				sum = Add(sum, product)
			}
		}
		return sum
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		_, err := products.Call(tensors.FromShape(shapes.Make(dtypes.Float32, 256, 256)))
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("eight products of 256x256 matrices still run after 20 s")
	}
}

func TestAnEngineIsOpenedOnce(t *testing.T) {
	first, err := backends.OpenNamed("go")
	if err != nil {
		t.Fatal(err)
	}
	again, err := backends.OpenNamed("go")
	if err != nil {
		t.Fatal(err)
	}
	if first != again {
		t.Error("two calls opened two engines")
	}
}

func TestTheVariableNamesTheEngine(t *testing.T) {
	t.Setenv(backends.Variable, "go")
	engine, err := backends.Open()
	if err != nil {
		t.Fatal(err)
	}
	contains(t, engine.String(), "engine: go (", `"go" was asked for`)

	t.Setenv(backends.Variable, "abacus:beads")
	_, err = backends.Open()
	if err == nil {
		t.Fatal("no error for an engine that there is not")
	}
	contains(t, err.Error(), `"abacus:beads"`, backends.Variable, "xla, onnx or go")
}

func TestOptionsThatAnEngineDoesNotHave(t *testing.T) {
	_, err := backends.OpenNamed("go:beads")
	if err == nil {
		t.Fatal("no error")
	}
	contains(t, err.Error(), `engine "go:beads"`, "beads")
}

func TestALibraryThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "libonnxruntime.so.1")
	for _, engine := range []string{"onnx", ""} {
		output := openIn(t, backends.Variable+"="+engine, "PJRT_PLUGIN_LIBRARY_PATH="+t.TempDir(), "ONNXRUNTIME_SHARED_LIBRARY_PATH="+path)
		contains(t, output, "error:", `engine "onnx"`, "ONNXRUNTIME_SHARED_LIBRARY_PATH", path, "no such file")
	}
}

func TestALibraryThatIsNone(t *testing.T) {
	path := textFile(t, "libonnxruntime.so.1")
	for _, engine := range []string{"onnx", "onnx:cpu", ""} {
		output := openIn(t, backends.Variable+"="+engine, "PJRT_PLUGIN_LIBRARY_PATH="+t.TempDir(), "ONNXRUNTIME_SHARED_LIBRARY_PATH="+path)
		contains(t, output, "error:", `engine "onnx`, path)
	}
}

func TestAPluginThatIsNone(t *testing.T) {
	path := textFile(t, "pjrt_c_api_cpu_plugin.so")
	for name, environment := range map[string][]string{
		"named":               {backends.Variable + "=xla:" + path},
		"named, not there":    {backends.Variable + "=xla:" + path + ".gone"},
		"in the plugins' dir": {backends.Variable + "=xla", "PJRT_PLUGIN_LIBRARY_PATH=" + filepath.Dir(path)},
		"found by the search": {backends.Variable + "=", "PJRT_PLUGIN_LIBRARY_PATH=" + filepath.Dir(path)},
	} {
		t.Run(name, func(t *testing.T) {
			contains(t, openIn(t, environment...), "error:", `engine "xla`, path)
		})
	}
}

func TestNoPlugin(t *testing.T) {
	output := openIn(t, backends.Variable+"=xla", "PJRT_PLUGIN_LIBRARY_PATH="+t.TempDir())
	contains(t, output, "error:", `engine "xla"`, "PJRT_PLUGIN_LIBRARY_PATH")
}

// An engine that is missing is told apart from one that is broken.
func TestMissing(t *testing.T) {
	var missing backends.Missing
	if _, err := backends.OpenNamed("xla:/nowhere/plugin.so"); errors.As(err, &missing) {
		t.Errorf("a plugin that was named and does not open counts as missing: %v", err)
	}
}
