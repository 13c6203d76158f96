package data

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// The types of elements that are numbers.
const (
	matInt8    = 1
	matUint8   = 2
	matInt16   = 3
	matUint16  = 4
	matInt32   = 5
	matUint32  = 6
	matFloat32 = 7
	matFloat64 = 9
	matInt64   = 12
	matUint64  = 13
)

// What a variable can have at most: MATLAB's own have fewer dimensions, and names of this many bytes.
const (
	matMostDims = 32
	matMostName = 63
)

// matClasses are MATLAB's names of the types of variables, by the number in their flags; from double on they are numeric.
var matClasses = []string{"of type 0", "cell", "struct", "object", "char", "sparse",
	"double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"}

const (
	matDouble  = 6
	matComplex = 0x800 // the bit of the flags that says that imaginary parts follow
)

// matNumbers are the types in which the values of a numeric variable can be stored; a double is stored as uint8 where that does.
var matNumbers = map[uint32]struct {
	size  int
	value func(order binary.ByteOrder, b []byte) float64
}{
	matInt8:    {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(int8(b[0])) }},
	matUint8:   {1, func(_ binary.ByteOrder, b []byte) float64 { return float64(b[0]) }},
	matInt16:   {2, func(order binary.ByteOrder, b []byte) float64 { return float64(int16(order.Uint16(b))) }},
	matUint16:  {2, func(order binary.ByteOrder, b []byte) float64 { return float64(order.Uint16(b)) }},
	matInt32:   {4, func(order binary.ByteOrder, b []byte) float64 { return float64(int32(order.Uint32(b))) }},
	matUint32:  {4, func(order binary.ByteOrder, b []byte) float64 { return float64(order.Uint32(b)) }},
	matFloat32: {4, func(order binary.ByteOrder, b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) }},
	matFloat64: {8, func(order binary.ByteOrder, b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }},
	matInt64:   {8, func(order binary.ByteOrder, b []byte) float64 { return float64(int64(order.Uint64(b))) }},
	matUint64:  {8, func(order binary.ByteOrder, b []byte) float64 { return float64(order.Uint64(b)) }},
}

// matVariables puts the variables of a file to their uses.
type matVariables struct {
	uses  map[string]func(*matVariable) error
	found []*matVariable
}

// take reads a variable up to its values, and these by its use, if it has one.
func (m *matVariables) take(matrix *matElement) error {
	v, err := matrix.variable()
	if err != nil {
		return err
	}
	use, again := m.uses[v.name], m.has(v.name)
	m.found = append(m.found, v)
	switch {
	case use == nil:
		return nil
	case again:
		return fmt.Errorf("it has two variables %s: it is damaged; get it again", v.name)
	}
	return use(v)
}

// missing returns an error if one of the variables with a use was not found.
func (m *matVariables) missing() error {
	for _, name := range slices.Sorted(maps.Keys(m.uses)) {
		if !m.has(name) {
			return fmt.Errorf("it has no variable %s, only %v; is it the right file?", name, m.found)
		}
	}
	return nil
}

func (m *matVariables) has(name string) bool {
	return slices.ContainsFunc(m.found, func(v *matVariable) bool { return v.name == name })
}

// matVariable is a variable of which all but the values has been read.
type matVariable struct {
	name   string
	dims   []int
	flags  uint32
	matrix *matElement
}

// class is MATLAB's name of the variable's type.
func (v *matVariable) class() string {
	if class := int(v.flags & 0xff); class < len(matClasses) {
		return matClasses[class]
	}
	return fmt.Sprintf("of type %d", v.flags&0xff)
}

// String is, for example, "X (uint8 [32 32 3 73257])".
func (v *matVariable) String() string { return fmt.Sprintf("%s (%s %v)", v.name, v.class(), v.dims) }

// variable reads a matrix up to its values.
func (e *matElement) variable() (*matVariable, error) {
	flags, err := e.field("flags", matUint32, 8)
	if err != nil {
		return nil, err
	}
	dims, err := e.field("dimensions", matInt32, 4*matMostDims)
	if err != nil {
		return nil, err
	}
	name, err := e.field("the name", matInt8, matMostName)
	if err != nil {
		return nil, err
	}
	if len(flags) != 8 || len(dims)%4 != 0 {
		return nil, fmt.Errorf("variable %q has flags of %d bytes, not 8, or dimensions of %d, no multiple of 4: it is damaged; get it again",
			name, len(flags), len(dims))
	}
	v := &matVariable{name: string(name), flags: e.order.Uint32(flags), matrix: e}
	for ; len(dims) > 0; dims = dims[4:] {
		v.dims = append(v.dims, int(int32(e.order.Uint32(dims))))
	}
	return v, nil
}

// values is the element of the values of a real numeric variable, column-major, and their number, which is at least 1.
func (v *matVariable) values() (*matElement, int, error) {
	if class := v.flags & 0xff; class < matDouble || int(class) >= len(matClasses) || v.flags&matComplex != 0 {
		return nil, 0, fmt.Errorf("variable %s is not an array of real numbers; is it the right file?", v)
	}
	e, err := v.matrix.next()
	if err != nil {
		return nil, 0, err
	}
	number, known := matNumbers[e.kind]
	if !known {
		return nil, 0, fmt.Errorf("variable %s has values of unknown type %d: it is damaged; get it again", v, e.kind)
	}
	count := volume(v.dims, int(e.N))
	if count == 0 || int64(count)*int64(number.size) != e.N {
		return nil, 0, fmt.Errorf("variable %s has %d bytes of values, %d each, which do not fill its dimensions: it is damaged; get it again",
			v, e.N, number.size)
	}
	return e, count, nil
}

// bytes is a stream of values that are stored as uint8, column-major, and their number.
func (v *matVariable) bytes() (io.Reader, int, error) {
	e, count, err := v.values()
	if err == nil && e.kind != matUint8 {
		err = fmt.Errorf("variable %s has values of type %d, and uint8 (type %d) is needed; is it the right file?", v, e.kind, matUint8)
	}
	return e, count, err
}

// eachNumber calls do with each of the values, column-major; integers above 2^53 are rounded.
func (v *matVariable) eachNumber(do func(i int, value float64) error) error {
	e, count, err := v.values()
	if err != nil {
		return err
	}
	number := matNumbers[e.kind]
	stream, b := bufio.NewReader(e), make([]byte, number.size)
	for i := range count {
		if _, err := io.ReadFull(stream, b); err != nil {
			return err
		}
		if err := do(i, number.value(e.order, b)); err != nil {
			return err
		}
	}
	return nil
}
