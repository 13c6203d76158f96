// Package backendtest opens engines for tests, and runs a test on every engine that the machine has.
package backendtest

import (
	"errors"
	"testing"

	"ebm/ebmlib/backends"
)

// Go is the pure Go engine, which is always there.
func Go(t *testing.T) *backends.Engine {
	t.Helper()
	engine, err := backends.OpenNamed("go")
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// EachEngine runs the test as a subtest on each engine. One that is missing here is skipped with the reason; the
// pure Go engine never is.
func EachEngine(t *testing.T, test func(t *testing.T, engine *backends.Engine)) {
	for _, name := range []string{"go", "onnx", "xla"} {
		t.Run(name, func(t *testing.T) {
			engine, err := backends.OpenNamed(name)
			var missing backends.Missing
			if errors.As(err, &missing) {
				t.Skip(missing)
			}
			if err != nil {
				t.Fatal(err)
			}
			test(t, engine)
		})
	}
}
