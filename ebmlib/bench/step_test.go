package bench

import (
	"testing"

	"ebm/ebmlib/backends/backendtest"
)

// BenchmarkStep is a training step of work A on the pure Go engine, at a quarter of its batch, to be profiled.
func BenchmarkStep(b *testing.B) {
	works, err := Parse([]string{"a10:batch=8"})
	if err != nil {
		b.Fatal(err)
	}
	meter, err := works[0].meter(backendtest.Go(b))
	if err != nil {
		b.Fatal(err)
	}
	defer meter.Finalize()
	if _, err := meter.Steps(1); err != nil { // It compiles the others.
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := meter.Steps(1); err != nil {
			b.Fatal(err)
		}
	}
}
