package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/dtypes/float16"
	"github.com/gomlx/gomlx/core/tensors"
)

// place is a header's entry.
type place struct {
	DType   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"` // begin and end, from the end of the header on
}

// decoders give a value from its little-endian bytes, by the name of the type.
var decoders = map[string]struct {
	size   int64
	decode func([]byte) (float32, error)
}{
	"F64": {8, func(b []byte) (float32, error) { return narrow(math.Float64frombits(binary.LittleEndian.Uint64(b))) }},
	"F32": {4, func(b []byte) (float32, error) { return math.Float32frombits(binary.LittleEndian.Uint32(b)), nil }},
	"F16": {2, func(b []byte) (float32, error) { return float16.FromBits(binary.LittleEndian.Uint16(b)).Float32(), nil }},
	"BF16": {2, func(b []byte) (float32, error) {
		return bfloat16.FromBits(binary.LittleEndian.Uint16(b)).Float32(), nil
	}},
}

// parseHeader reads the JSON object token by token, since decoding it into a map would let a second entry of a name replace the first.
func parseHeader(text []byte) (map[string]place, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("it is no JSON object")
	}
	places := make(map[string]place)
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		name := token.(string) // The decoder takes nothing else for a key.
		if name == metadataName {
			var metadata map[string]string
			if err := decoder.Decode(&metadata); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			continue
		}
		if _, found := places[name]; found {
			return nil, fmt.Errorf("two tensors have the name %q", name)
		}
		var p place
		if err := decoder.Decode(&p); err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		places[name] = p
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("something follows its JSON object")
	}
	return places, nil
}

// checkPlaces checks each entry, and that the tensors fill the given bytes of values without overlap or gap.
func checkPlaces(places map[string]place, size int64) error {
	names := slices.Sorted(maps.Keys(places))
	for _, name := range names {
		if err := places[name].check(); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return slices.Compare(places[a].Offsets, places[b].Offsets) })
	var end int64
	for _, name := range names {
		offsets := places[name].Offsets
		switch {
		case offsets[0] < end:
			return fmt.Errorf("tensor %q has its values at %v, over those of another, which end at %d; get the file again", name, offsets, end)
		case offsets[0] > end:
			return fmt.Errorf("tensor %q has its values at %v, after a gap from %d on; get the file again", name, offsets, end)
		case offsets[1] > size:
			return fmt.Errorf("tensor %q has its values at %v, but the file ends at %d: it is cut short; get the file again", name, offsets, size)
		}
		end = offsets[1]
	}
	if end < size {
		return fmt.Errorf("has %d bytes of no tensor at its end; get the file again", size-end)
	}
	return nil
}

// check checks that the entry's type can be read, and that its offsets are as far apart as its shape says.
func (p place) check() error {
	decoder, found := decoders[p.DType]
	switch {
	case !found:
		return fmt.Errorf("type %q can't be weights; %s can: convert it with tensor.float()", p.DType,
			strings.Join(slices.Sorted(maps.Keys(decoders)), ", "))
	case p.Shape == nil:
		return errors.New("its shape is missing")
	case len(p.Offsets) != 2 || p.Offsets[0] < 0 || p.Offsets[1] < p.Offsets[0]:
		return fmt.Errorf("its data_offsets are %v, not a begin and an end", p.Offsets)
	}
	if bytes := p.Offsets[1] - p.Offsets[0]; bytes%decoder.size != 0 || !fills(p.Shape, int(bytes/decoder.size)) {
		return fmt.Errorf("its shape %v of %s does not take the %d bytes of its data_offsets %v", p.Shape, p.DType, bytes, p.Offsets)
	}
	return nil
}

// fills tells whether the product of the sizes is count. It divides, since the product might overflow.
func fills(shape []int, count int) bool {
	if len(shape) > 0 && slices.Min(shape) <= 0 {
		return slices.Min(shape) == 0 && count == 0
	}
	for _, n := range shape {
		if count%n != 0 {
			return false
		}
		count /= n
	}
	return count == 1
}

// read reads the tensor of a checked entry from a file whose values begin at start.
func (p place) read(file io.ReaderAt, start int64) (*tensors.Tensor, error) {
	raw := make([]byte, p.Offsets[1]-p.Offsets[0])
	if _, err := io.ReadFull(io.NewSectionReader(file, start+p.Offsets[0], int64(len(raw))), raw); err != nil {
		return nil, err
	}
	decoder := decoders[p.DType]
	flat := make([]float32, int64(len(raw))/decoder.size)
	for i := range flat {
		var err error
		if flat[i], err = decoder.decode(raw[int64(i)*decoder.size:]); err != nil {
			return nil, fmt.Errorf("value %d: %w", i, err)
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, p.Shape...), nil
}
