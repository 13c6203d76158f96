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

func TestRowsAndSetRows(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		t.Run("uint8", func(t *testing.T) { testRows[uint8](t, engine) })
		t.Run("float32", func(t *testing.T) { testRows[float32](t, engine) })
	})
}

func testRows[T uint8 | float32](t *testing.T, engine *backends.Engine) {
	const rows, size = 6, 2 * 3
	chosen := []int32{4, 0, 5}
	buffer, values := make([]T, rows*size), make([]T, len(chosen)*size)
	for i := range buffer {
		buffer[i] = T(7 * i)
	}
	for i := range values {
		values[i] = T(100 + i)
	}
	outputs := call(t, engine, func(inputs []*Node) []*Node {
		return []*Node{samplers.Rows(inputs[0], inputs[1]), samplers.SetRows(inputs[0], inputs[1], inputs[2])}
	}, tensors.FromFlatDataAndDimensions(buffer, rows, 2, 3), chosen, tensors.FromFlatDataAndDimensions(values, len(chosen), 2, 3))

	var read []T
	written := slices.Clone(buffer)
	for i, row := range chosen {
		read = append(read, buffer[int(row)*size:int(row+1)*size]...)
		copy(written[int(row)*size:], values[i*size:(i+1)*size])
	}
	if err := outputs[0].Shape().CheckDims(len(chosen), 2, 3); err != nil {
		t.Error(err)
	}
	if got := tensors.MustCopyFlatData[T](outputs[0]); !slices.Equal(got, read) {
		t.Errorf("Rows: %v, want %v", got, read)
	}
	if got := tensors.MustCopyFlatData[T](outputs[1]); !slices.Equal(got, written) {
		t.Errorf("SetRows: %v, want %v", got, written)
	}
}

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
