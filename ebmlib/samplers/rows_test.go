package samplers_test

import (
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
		t.Run("int32", func(t *testing.T) { testRows[int32](t, engine) })
		t.Run("float32", func(t *testing.T) { testRows[float32](t, engine) })
	})
}

func testRows[T uint8 | int32 | float32](t *testing.T, engine *backends.Engine) {
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
