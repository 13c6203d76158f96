package npz

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
)

// Float32s is an array to be written: values row-major in a shape, outermost first; no shape for a scalar.
type Float32s struct {
	Shape  []int
	Values []float32
}

// Write writes the arrays as a .npz by their names, in the order of the names and not compressed, as numpy.savez does. The same
// arrays give the same bytes. A shape that doesn't fit its values, and a failure of w, are errors that name the array.
func Write(w io.Writer, arrays map[string]Float32s) error {
	archive := zip.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		if err := writeMember(archive, name, arrays[name]); err != nil {
			return fmt.Errorf("array %q can't be written: %w", name, err)
		}
	}
	return archive.Close()
}

func writeMember(archive *zip.Writer, name string, array Float32s) error {
	if count, fits := volume(array.Shape, len(array.Values)); !fits || count < len(array.Values) {
		return fmt.Errorf("its shape %v is not that of %d values", array.Shape, len(array.Values))
	}
	member, err := archive.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(member)
	buffered.Write(headerBytes(array.Shape))
	var four [4]byte
	for _, v := range array.Values {
		binary.LittleEndian.PutUint32(four[:], math.Float32bits(v))
		buffered.Write(four[:])
	}
	return buffered.Flush() // It also has the errors of the writes before it.
}

// headerBytes is a header of format version 1.0, padded so that the values begin at a multiple of 64 bytes, as NumPy's do.
func headerBytes(shape []int) []byte {
	sizes := make([]string, len(shape))
	for i, n := range shape {
		sizes[i] = fmt.Sprint(n)
	}
	tuple := strings.Join(sizes, ", ")
	if len(shape) == 1 {
		tuple += "," // A tuple of one element in Python.
	}
	text := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", tuple)
	const fixed = len(magic) + 2 + 2
	padding := (64 - (fixed+len(text)+1)%64) % 64
	text += strings.Repeat(" ", padding) + "\n"
	start := append([]byte(magic), 1, 0)
	return append(binary.LittleEndian.AppendUint16(start, uint16(len(text))), text...)
}
