package npz

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Array is an array of an archive: its shape and type, and the way to its values. Those of bool, integers, float32 and
// float64 can be read, little-endian.
type Array struct {
	Name   string
	DType  string // as NumPy writes it: "<f4" is float32, "|u1" uint8, "|b1" bool
	Shape  []int  // outermost first; none for a scalar
	Stored bool   // not compressed, so that Rows can read

	path     string
	itemSize int   // bytes a value
	count    int   // the product of Shape
	fortran  bool  // column-major in the file
	start    int64 // of the values, in content
	content  *content
}

// Len is the number of values: the product of the shape.
func (a *Array) Len() int { return a.count }

// Float32 reads the values of an array of float32 or float64, row-major; those of float64 are rounded.
//
// Another type is an error, as are a float64 beyond float32's range and values that don't agree with the archive's checksum.
func (a *Array) Float32() ([]float32, error) {
	switch a.DType {
	case "<f4":
		return decode(a, func(b []byte) (float32, bool) { return math.Float32frombits(binary.LittleEndian.Uint32(b)), true })
	case "<f8":
		return decode(a, func(b []byte) (float32, bool) {
			wide := math.Float64frombits(binary.LittleEndian.Uint64(b))
			value := float32(wide)
			return value, !math.IsInf(float64(value), 0) || math.IsInf(wide, 0)
		})
	}
	return nil, a.wrongType("float32")
}

// Int64 reads the values of an array of integers, of whatever size, row-major.
//
// Another type is an error, as are a uint64 beyond int64's range and values that don't agree with the archive's checksum.
func (a *Array) Int64() ([]int64, error) {
	switch a.DType[1:] {
	case "i1":
		return decode(a, func(b []byte) (int64, bool) { return int64(int8(b[0])), true })
	case "i2":
		return decode(a, func(b []byte) (int64, bool) { return int64(int16(binary.LittleEndian.Uint16(b))), true })
	case "i4":
		return decode(a, func(b []byte) (int64, bool) { return int64(int32(binary.LittleEndian.Uint32(b))), true })
	case "i8":
		return decode(a, func(b []byte) (int64, bool) { return int64(binary.LittleEndian.Uint64(b)), true })
	case "u1":
		return decode(a, func(b []byte) (int64, bool) { return int64(b[0]), true })
	case "u2":
		return decode(a, func(b []byte) (int64, bool) { return int64(binary.LittleEndian.Uint16(b)), true })
	case "u4":
		return decode(a, func(b []byte) (int64, bool) { return int64(binary.LittleEndian.Uint32(b)), true })
	case "u8":
		return decode(a, func(b []byte) (int64, bool) {
			value := binary.LittleEndian.Uint64(b)
			return int64(value), value <= math.MaxInt64
		})
	}
	return nil, a.wrongType("int64")
}

// Uint8 reads the values of an array of uint8, or of bool as 0 and 1, row-major.
//
// Another type is an error, as are values that don't agree with the archive's checksum.
func (a *Array) Uint8() ([]uint8, error) {
	if kind := a.DType[1:]; kind != "u1" && kind != "b1" {
		return nil, a.wrongType("uint8")
	}
	values := make([]uint8, 0, a.count)
	err := a.eachChunk(func(chunk []byte) error {
		values = append(values, chunk...)
		return nil
	})
	if err != nil {
		return nil, a.fault(err)
	}
	return rowMajor(a, values), nil
}

// decode reads all values; value gives one from its bytes, and whether T can hold it.
func decode[T any](a *Array, value func([]byte) (T, bool)) ([]T, error) {
	values := make([]T, 0, a.count)
	err := a.eachChunk(func(chunk []byte) error {
		for ; len(chunk) > 0; chunk = chunk[a.itemSize:] {
			v, holds := value(chunk)
			if !holds {
				return fmt.Errorf("value %d, of type %s, is beyond what %T can hold", len(values), a.DType, v)
			}
			values = append(values, v)
		}
		return nil
	})
	if err != nil {
		return nil, a.fault(err)
	}
	return rowMajor(a, values), nil
}

// rowMajor puts an array's values, in the order of the file, into row-major order.
func rowMajor[T any](a *Array, values []T) []T {
	if !a.fortran {
		return values
	}
	strides := make([]int, len(a.Shape)) // row-major
	stride := 1
	for axis := len(a.Shape) - 1; axis >= 0; axis-- {
		strides[axis] = stride
		stride *= a.Shape[axis]
	}
	ordered := make([]T, len(values))
	indices, at := make([]int, len(a.Shape)), 0 // of a value, and where it goes
	for _, v := range values {
		ordered[at] = v
		for axis := range indices { // The first index runs fastest.
			indices[axis]++
			at += strides[axis]
			if indices[axis] < a.Shape[axis] {
				break
			}
			at -= indices[axis] * strides[axis]
			indices[axis] = 0
		}
	}
	return ordered
}

// eachChunk hands all the values' bytes over, some whole values at a time, in order.
func (a *Array) eachChunk(take func(chunk []byte) error) error {
	r, err := a.open()
	if err != nil {
		return err
	}
	defer r.Close()
	const atOnce = 1 << 13
	buffer := make([]byte, min(a.count, atOnce)*a.itemSize)
	for left := a.count; left > 0; left -= atOnce {
		chunk := buffer[:min(left, atOnce)*a.itemSize]
		if _, err := io.ReadFull(r, chunk); err != nil {
			return err
		}
		if err := take(chunk); err != nil {
			return err
		}
	}
	_, err = io.Copy(io.Discard, r) // There is nothing left; but at the end the zip archive's checksum is compared.
	return err
}

// Open reads the values' bytes from the first to the last, unzipped: little-endian, row-major. It is the way to an array that is
// larger than memory and compressed. Close it after use.
//
// An array in Fortran order is an error. Bytes that don't agree with the archive's checksum are an error of the last read.
func (a *Array) Open() (io.ReadCloser, error) {
	if a.fortran {
		return nil, a.fault(errFortran)
	}
	r, err := a.open()
	if err != nil {
		return nil, a.fault(err)
	}
	return reader{r, a}, nil
}

func (a *Array) open() (io.ReadCloser, error) {
	r, err := a.content.open()
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, r, a.start); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// reader gives the errors of reading an array's values with the file's and the array's name.
type reader struct {
	io.ReadCloser
	array *Array
}

func (r reader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = r.array.fault(err)
	}
	return n, err
}

// RowBytes is the size of a row: of the values at one index of the first dimension. A scalar has no rows.
func (a *Array) RowBytes() int {
	if a.count == 0 || len(a.Shape) == 0 {
		return 0
	}
	return a.count / a.Shape[0] * a.itemSize
}

// Rows reads the n rows from first on into dst, of n·RowBytes bytes, little-endian, row-major. No checksum is
// compared. It can be called from many goroutines at once.
//
// An array that is not Stored or in Fortran order is an error, as are rows that it doesn't have and a buffer of another size.
func (a *Array) Rows(first, n int, dst []byte) error {
	switch {
	case !a.Stored:
		return a.fault(errors.New("is compressed, so that its rows can't be read one by one: write it with numpy.savez, not numpy.savez_compressed"))
	case a.fortran:
		return a.fault(errFortran)
	case len(a.Shape) == 0:
		return a.fault(errors.New("is a scalar, which has no rows"))
	case first < 0 || n < 0 || first > a.Shape[0]-n:
		return a.fault(fmt.Errorf("has the shape %v, and not %d rows from row %d on", a.Shape, n, first))
	case len(dst) != n*a.RowBytes():
		return a.fault(fmt.Errorf("has rows of %d bytes, of which a buffer of %d bytes does not hold %d", a.RowBytes(), len(dst), n))
	}
	// ReadAt may say that the file ends where the last row does.
	got, err := a.content.stored.ReadAt(dst, a.start+int64(first)*int64(a.RowBytes()))
	if got < len(dst) {
		return a.fault(err)
	}
	return nil
}

func (a *Array) wrongType(want string) error {
	return a.fault(fmt.Errorf("holds values of type %q, not %s: save array.astype('%s')", a.DType, want, want))
}

func (a *Array) fault(err error) error {
	return fmt.Errorf("NumPy file %s, array %q: %w", a.path, a.Name, explain(err))
}
