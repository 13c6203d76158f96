package weights

import (
	"fmt"
	"io"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/internal/npz"
	"ebm/ebmlib/internal/untrusted"
)

func readNPZ(path string) (Tensors, error) {
	archive, err := npz.Open(path)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	t := Tensors{}
	left := untrusted.Unpacked(archive.Size())
	for _, name := range archive.Names() {
		a, err := archive.Array(name)
		if err != nil {
			return nil, err
		}
		if left -= 4 * int64(a.Len()); left < 0 { // An array of bytes takes four times as many.
			return nil, fmt.Errorf("weights file %s: its arrays take more than %d bytes as float32, which is more than is unpacked from %d: "+
				"if it is sound, write it with numpy.savez, not numpy.savez_compressed", path, untrusted.Unpacked(archive.Size()), archive.Size())
		}
		values, err := npzValues(path, a)
		if err != nil {
			return nil, err
		}
		t[name] = tensors.FromFlatDataAndDimensions(values, a.Shape...)
	}
	return t, nil
}

// npzValues are the values of floats, and of integers if float32 has them exactly.
func npzValues(path string, a *npz.Array) ([]float32, error) {
	if kind := a.DType[1]; kind != 'i' && kind != 'u' {
		return a.Float32()
	}
	integers, err := a.Int64()
	if err != nil {
		return nil, err
	}
	values := make([]float32, len(integers))
	for i, v := range integers {
		values[i] = float32(v)
		if int64(values[i]) != v {
			return nil, fmt.Errorf("weights file %s: array %q: value %d is %d, which float32, as which weights are read, can't hold exactly",
				path, a.Name, i, v)
		}
	}
	return values, nil
}

func writeNPZ(w io.Writer, arrays map[string]array) error {
	floats := make(map[string]npz.Float32s, len(arrays))
	for name, a := range arrays {
		floats[name] = npz.Float32s{Shape: a.shape, Values: a.values}
	}
	return npz.Write(w, floats)
}
