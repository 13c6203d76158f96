package weights

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// A .safetensors file is the length of its header (64 bits, little-endian), the header, JSON padded by blanks, and the values of
// the tensors, one behind the other without gaps. The header has the place of each tensor's by its name; under metadataName it
// may have text, which no weights are in.
const (
	lengthBytes  = 8
	metadataName = "__metadata__"
	alignment    = 8 // of the values, in the files written here
)

func readSafetensors(path string) (Tensors, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("weights file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("weights file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("weights file %s: is a directory or device: give the path of the file itself", path)
	}
	t, err := decodeSafetensors(file, info.Size())
	if err != nil {
		return nil, fmt.Errorf("weights file %s: %w", path, err)
	}
	return t, nil
}

func decodeSafetensors(file io.ReaderAt, size int64) (Tensors, error) {
	if size < lengthBytes {
		return nil, fmt.Errorf("has %d bytes, too few for a safetensors file; get the file again", size)
	}
	var length [lengthBytes]byte
	if _, err := file.ReadAt(length[:], 0); err != nil {
		return nil, err
	}
	headerSize := binary.LittleEndian.Uint64(length[:])
	if headerSize > uint64(size-lengthBytes) {
		return nil, fmt.Errorf("claims a header of %d bytes and has %d in all: it is cut short, or no safetensors file; get the file again",
			headerSize, size)
	}
	text := make([]byte, headerSize)
	if _, err := io.ReadFull(io.NewSectionReader(file, lengthBytes, int64(headerSize)), text); err != nil {
		return nil, err
	}
	places, err := parseHeader(text)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends early")
	}
	if err != nil {
		return nil, fmt.Errorf("its header can't be read: %w; is it a safetensors file?", err)
	}
	start := lengthBytes + int64(headerSize)
	if err := checkPlaces(places, size-start); err != nil {
		return nil, err
	}
	t := Tensors{}
	for name, p := range places {
		if t[name], err = p.read(file, start); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
	}
	return t, nil
}

// writeSafetensors writes the tensors in the order of their names.
func writeSafetensors(w io.Writer, arrays map[string]array) error {
	names := slices.Sorted(maps.Keys(arrays))
	places := make(map[string]place, len(arrays)) // Marshalled in the order of the names.
	var end int64
	for _, name := range names {
		a := arrays[name]
		begin := end
		end += 4 * int64(len(a.values))
		places[name] = place{DType: "F32", Shape: append([]int{}, a.shape...), Offsets: []int64{begin, end}} // Not nil: null is no shape.
	}
	header, err := json.Marshal(places)
	if err != nil {
		return err
	}
	for len(header)%alignment != 0 {
		header = append(header, ' ')
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(len(header))); err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, name := range names {
		if err := binary.Write(w, binary.LittleEndian, arrays[name].values); err != nil {
			return err
		}
	}
	return nil
}
