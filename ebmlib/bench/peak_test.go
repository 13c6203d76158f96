package bench

import (
	"testing"

	"ebm/ebmlib/backends/backendtest"
)

func TestMatrixPeak(t *testing.T) {
	engine := backendtest.Go(t)
	peak, err := MatrixPeak(engine, "float32")
	if err != nil {
		t.Fatal(err)
	}
	// A processor makes more than a million and less than 10^14 operations a second.
	if peak.Engine != "go" || peak.GPU || peak.Precision != "float32" || peak.Size < 512 || peak.FLOPS < 1e6 || peak.FLOPS > 1e14 {
		t.Errorf("%+v", peak)
	}
	for _, precision := range []string{"tf32", "bfloat16", "float8"} {
		_, err := MatrixPeak(engine, precision)
		requireError(t, err, "engine go", precision)
	}
}
