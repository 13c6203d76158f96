package backends

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
)

// with replaces the engines there are while a test runs.
func with(t *testing.T, fakes ...opener) {
	t.Helper()
	before := openers
	openers = fakes
	t.Cleanup(func() { openers = before })
}

func failing(kind string, err error) opener {
	return opener{kind, func(string) (compute.Backend, string, error) { return nil, "", err }}
}

var realGo = opener{"go", openGo}

func TestMissingEnginesArePassedOverAndNamed(t *testing.T) {
	t.Setenv(libraryVariable, "")
	findNowhere := opener{"onnx", func(string) (compute.Backend, string, error) {
		_, err := findONNX([]string{filepath.Join(t.TempDir(), "libonnxruntime.so.1")})
		return nil, "", err
	}}
	with(t, failing("xla", Missing("no plugin lies in /plugins")), findNowhere, realGo)
	engine, err := open("")
	if err != nil {
		t.Fatal(err)
	}
	line := engine.String()
	for _, part := range []string{"engine: go (", "no plugin lies in /plugins", "make setup", libraryVariable} {
		if !strings.Contains(line, part) {
			t.Errorf("%q lacks %q", line, part)
		}
	}
	if strings.Contains(line, "\n") {
		t.Errorf("%q is not one line", line)
	}
}

func TestABrokenEngineIsNotPassedOver(t *testing.T) {
	with(t, failing("xla", errors.New("bad plugin")), realGo)
	engine, err := open("")
	if err == nil {
		t.Fatalf("no error but %s", engine)
	}
	for _, part := range []string{`"xla"`, "bad plugin", Variable, "xla, onnx, go"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
}

func TestAnEnginesPanicIsAnError(t *testing.T) {
	for name, cause := range map[string]any{"an error": errors.New("plugin crashed"), "text": "plugin crashed"} {
		t.Run(name, func(t *testing.T) {
			with(t, opener{"xla", func(string) (compute.Backend, string, error) { panic(cause) }})
			_, err := open("xla")
			if err == nil || !strings.Contains(err.Error(), "plugin crashed") {
				t.Errorf("%v, want an error that says how the plugin crashed", err)
			}
		})
	}
}

func TestTheFirstEngineThereIs(t *testing.T) {
	with(t, realGo, failing("xla", errors.New("never tried")))
	engine, err := open("")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(engine.String(), "it is the fastest engine there is") {
		t.Error(engine)
	}
}

func TestFindONNX(t *testing.T) {
	folder := t.TempDir()
	library, named := filepath.Join(folder, "libonnxruntime.so.1"), filepath.Join(folder, "named.so")
	for _, path := range []string{library, named} {
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	paths := []string{filepath.Join(folder, "not", "here.so"), library}

	t.Setenv(libraryVariable, "")
	if got, err := findONNX(paths); err != nil || got != library {
		t.Errorf("found %q, %v; want the first that is there, %q", got, err, library)
	}
	var missing Missing
	if _, err := findONNX(paths[:1]); !errors.As(err, &missing) || !strings.Contains(err.Error(), "make setup") {
		t.Errorf("%v, want a Missing that names make setup", err)
	}
	t.Setenv(libraryVariable, named)
	if got, err := findONNX(paths); err != nil || got != named {
		t.Errorf("found %q, %v; want the one that is named, %q", got, err, named)
	}
	t.Setenv(libraryVariable, named+".gone")
	if _, err := findONNX(paths); err == nil || errors.As(err, &missing) || !strings.Contains(err.Error(), named+".gone") {
		t.Errorf("%v, want an error, not a Missing, that names the file", err)
	}
}
