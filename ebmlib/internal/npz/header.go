package npz

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A .npy file is the magic, a version of two bytes, the length of the header's text (little-endian, two bytes in version 1,
// four in 2 and 3), the text, a Python dictionary, and then the values.
const magic = "\x93NUMPY"

const (
	maxHeaderText = 1 << 16 // Those of the types that are read here are below 1 KB.
	maxRank       = 64      // NumPy's
)

// readHeader reads the header of a .npy file of size bytes, and checks that what follows it are the values that it claims.
func (a *Array) readHeader(r io.Reader, size int64) error {
	start := make([]byte, len(magic)+2)
	if _, err := io.ReadFull(r, start); err != nil {
		return err
	}
	if string(start[:len(magic)]) != magic {
		return fmt.Errorf("starts with %q, not with %q: it is no NumPy array", start[:len(magic)], magic)
	}
	lengthSize := 4
	switch major, minor := start[len(magic)], start[len(magic)+1]; {
	case minor != 0 || major < 1 || major > 3:
		return fmt.Errorf("is of format version %d.%d; 1.0, 2.0 and 3.0 can be read", major, minor)
	case major == 1:
		lengthSize = 2
	}
	lengthBytes := make([]byte, 4) // The bytes that version 1 lacks stay 0.
	if _, err := io.ReadFull(r, lengthBytes[:lengthSize]); err != nil {
		return err
	}
	length := int64(binary.LittleEndian.Uint32(lengthBytes))
	a.start = int64(len(start)+lengthSize) + length
	if a.start > size || length > maxHeaderText {
		return fmt.Errorf("claims a header of %d bytes (%d at most are read), and has %d bytes in all: %w", length, maxHeaderText, size, errDamaged)
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return err
	}
	if err := a.parseHeader(string(text)); err != nil {
		return err
	}
	return a.fit(size - a.start)
}

var (
	dtypeField   = regexp.MustCompile(`['"]descr['"]\s*:\s*['"]([^'"]*)['"]`)
	recordField  = regexp.MustCompile(`['"]descr['"]\s*:\s*\[`)
	fortranField = regexp.MustCompile(`['"]fortran_order['"]\s*:\s*(True|False)`)
	shapeField   = regexp.MustCompile(`['"]shape['"]\s*:\s*\(([^)]*)\)`)
	readable     = regexp.MustCompile(`^(?:[<|](?:b1|[iu]1)|<(?:[iu][248]|f[48]))$`)
)

// parseHeader reads a text such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
func (a *Array) parseHeader(text string) error {
	if recordField.MatchString(text) {
		return errors.New("holds records, which can't be read: save each of their fields as an array of its own")
	}
	dtype, fortran, shape := dtypeField.FindStringSubmatch(text), fortranField.FindStringSubmatch(text), shapeField.FindStringSubmatch(text)
	if dtype == nil || fortran == nil || shape == nil {
		return fmt.Errorf("has the header %.200q, without a sound 'descr', 'fortran_order' or 'shape': %w", text, errDamaged)
	}
	if err := a.setDType(dtype[1]); err != nil {
		return err
	}
	if err := a.setShape(shape[1]); err != nil {
		return err
	}
	a.fortran = fortran[1] == "True"
	return nil
}

func (a *Array) setDType(dtype string) error {
	switch {
	case strings.HasSuffix(dtype, "O"):
		return errors.New("holds pickled Python objects, which are not read, since to unpickle is to run what the file says: " +
			"save its numbers as arrays of their own")
	case strings.HasPrefix(dtype, ">"):
		return fmt.Errorf("is big-endian (%s): save array.astype('<%s')", dtype, dtype[1:])
	case !readable.MatchString(dtype):
		return fmt.Errorf("holds values of type %q; bool, int8 to int64, uint8 to uint64, float32 and float64 can be read: "+
			"save it as one of them, with array.astype", dtype)
	}
	a.DType, a.itemSize = dtype, int(dtype[2]-'0')
	return nil
}

// setShape reads what stands between a shape's parentheses: nothing, "3," or "3, 4".
func (a *Array) setShape(text string) error {
	sizes := strings.Split(text, ",")
	if last := len(sizes) - 1; strings.TrimSpace(sizes[last]) == "" {
		sizes = sizes[:last]
	}
	if len(sizes) > maxRank {
		return fmt.Errorf("claims %d dimensions, where NumPy has at most %d: %w", len(sizes), maxRank, errDamaged)
	}
	a.Shape = make([]int, len(sizes))
	for i, size := range sizes {
		n, err := strconv.Atoi(strings.TrimSpace(size))
		if err != nil || n < 0 {
			return fmt.Errorf("claims the shape (%.100s), which can't be: %w", text, errDamaged)
		}
		a.Shape[i] = n
	}
	return nil
}

// fit checks that the values of the array's shape fill exactly the given bytes, and counts them.
func (a *Array) fit(bytes int64) error {
	count, fits := volume(a.Shape, int(bytes)/a.itemSize)
	if !fits {
		return fmt.Errorf("claims the shape %v of type %s, for which %d bytes are too few: %w", a.Shape, a.DType, bytes, errTruncated)
	}
	if left := bytes - int64(count)*int64(a.itemSize); left > 0 {
		return fmt.Errorf("has %d bytes more than its shape %v of type %s needs: %w", left, a.Shape, a.DType, errDamaged)
	}
	a.count = count
	return nil
}

// volume is the product of the sizes; fits is false if it is above most, or a size below 0.
func volume(shape []int, most int) (product int, fits bool) {
	if slices.Contains(shape, 0) {
		return 0, slices.Min(shape) == 0
	}
	product = 1
	for _, n := range shape {
		if n < 0 || n > most/product {
			return 0, false
		}
		product *= n
	}
	return product, product <= most
}
