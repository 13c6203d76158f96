package samplers_test

import (
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

func TestBytesComeBack(t *testing.T) {
	all := make([]uint8, 256)
	for k := range all {
		all[k] = uint8(k)
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, u := range []float32{0, 0.5, math.Nextafter32(1, 0)} {
			uniform := slices.Repeat([]float32{u}, len(all))
			outputs := call(t, engine, func(inputs []*Node) []*Node {
				x := samplers.FromBytes(inputs[0], inputs[1])
				return []*Node{x, samplers.ToBytes(x)}
			}, all, uniform)
			for k, x := range tensors.MustCopyFlatData[float32](outputs[0]) {
				if want := (float64(k) + float64(u)) / 256; math.Abs(float64(x)-want) > 1e-7 || !(x < 1) {
					t.Errorf("u = %v: byte %d became %v, want %v", u, k, x, want)
				}
			}
			if got := tensors.MustCopyFlatData[uint8](outputs[1]); !slices.Equal(got, all) {
				t.Errorf("u = %v: the bytes came back as %v", u, got)
			}
		}
	})
}

func TestToBytesAtTheBounds(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			return []*Node{samplers.ToBytes(inputs[0])}
		}, []float32{0, 0.9999 / 256, 1.0 / 256, 0.5, 255.0 / 256, 1})
		if got, want := tensors.MustCopyFlatData[uint8](outputs[0]), []uint8{0, 0, 1, 128, 255, 255}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}
