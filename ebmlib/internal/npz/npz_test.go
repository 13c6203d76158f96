package npz_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/numpy"

	"ebm/ebmlib/internal/npz"
)

// numpyFloats is what numpy.save writes for numpy.arange(3, dtype="float32"), byte by byte.
var numpyFloats = []byte("\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }" +
	"                                                            \n" +
	"\x00\x00\x00\x00\x00\x00\x80?\x00\x00\x00@")

func TestReadsWhatNumPyWrites(t *testing.T) {
	for name, archive := range map[string]*npz.Archive{
		"alone":    open(t, numpyFloats, "x.npy"),
		"stored":   open(t, zipped(t, member{"x.npy", zip.Store, numpyFloats}), "some.npz"),
		"deflated": open(t, zipped(t, member{"x.npy", zip.Deflate, numpyFloats}), "some.npz"),
		"misnamed": open(t, zipped(t, member{"x.npy", zip.Deflate, numpyFloats}), "some.npy"),
	} {
		t.Run(name, func(t *testing.T) {
			if got := archive.Names(); !slices.Equal(got, []string{"x"}) {
				t.Fatalf("names %q", got)
			}
			a, err := archive.Array("x")
			ok(t, err)
			if a.Name != "x" || a.DType != "<f4" || !slices.Equal(a.Shape, []int{3}) || a.Len() != 3 {
				t.Errorf("read as %+v", a)
			}
			values, err := a.Float32()
			ok(t, err)
			if !slices.Equal(values, []float32{0, 1, 2}) {
				t.Errorf("values %v", values)
			}
		})
	}
}

func TestNamesAreInTheFilesOrder(t *testing.T) {
	archive := open(t, zipped(t, member{"b.npy", zip.Store, numpyFloats}, member{"param/a.weight.npy", zip.Store, numpyFloats}), "some.npz")
	if got := archive.Names(); !slices.Equal(got, []string{"b", "param/a.weight"}) {
		t.Errorf("names %q", got)
	}
	if got := open(t, zipped(t), "none.npz").Names(); len(got) != 0 {
		t.Errorf("an archive of nothing has %q", got)
	}
}

func TestFormatVersionsAndHeaderForms(t *testing.T) {
	values := []byte{1, 2, 3, 4, 5, 6}
	for name, content := range map[string][]byte{
		"version 2":          npy(2, dictionary("|u1", "(2, 3)"), values),
		"version 3":          npy(3, dictionary("|u1", "(2, 3)"), values),
		"closing comma":      npy(1, dictionary("|u1", "(2, 3,)"), values),
		"other order, quote": npy(1, `{"shape":(2,3),"fortran_order":False,"descr":"<u1"}`, values),
	} {
		t.Run(name, func(t *testing.T) {
			a := array(t, content)
			got, err := a.Uint8()
			ok(t, err)
			if !slices.Equal(a.Shape, []int{2, 3}) || !slices.Equal(got, values) {
				t.Errorf("shape %v, values %v", a.Shape, got)
			}
		})
	}
}

func TestShapes(t *testing.T) {
	for shape, want := range map[string][]int{
		"()":              {},
		"(1,)":            {1},
		"(1, 1, 1)":       {1, 1, 1},
		"(0,)":            {0},
		"(1000000000, 0)": {1000000000, 0},
		"(9223372036854775807, 9223372036854775807, 0)": {math.MaxInt, math.MaxInt, 0},
	} {
		count := 1
		if slices.Contains(want, 0) {
			count = 0
		}
		a := array(t, npy(1, dictionary("|u1", shape), make([]byte, count)))
		values, err := a.Uint8()
		ok(t, err)
		if !slices.Equal(a.Shape, want) || a.Len() != count || len(values) != count {
			t.Errorf("%s: shape %v, %d values", shape, a.Shape, len(values))
		}
	}
}

func TestFortranOrderIsReadAsCOrder(t *testing.T) {
	values := []uint8{0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23} // numpy.arange(24) in (2, 3, 4)
	for shape, want := range map[string][]uint8{
		"(2, 3, 4)":       {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23},
		"(2, 3, 1, 4, 1)": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23},
		"(24,)":           values,
		"(1, 24)":         values,
	} {
		a := array(t, npy(1, "{'descr': '|u1', 'fortran_order': True, 'shape': "+shape+", }", values))
		got, err := a.Uint8()
		ok(t, err)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v", shape, got)
		}
		integers, err := a.Int64()
		ok(t, err)
		for i := range want {
			if integers[i] != int64(want[i]) {
				t.Fatalf("%s: integers %v", shape, integers)
			}
		}
		expectError(t, a.Rows(0, 1, make([]byte, a.RowBytes())), `array "values"`, "Fortran", "ascontiguousarray")
		_, err = a.Open()
		expectError(t, err, `array "values"`, "Fortran", "ascontiguousarray")
	}
}

func bytesOf(values any) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		panic(err)
	}
	return b
}

func TestIntegers(t *testing.T) {
	for dtype, values := range map[string]any{
		"|i1": []int8{-128, 127},
		"<i2": []int16{-128, 127},
		"<i4": []int32{-128, 127},
		"<i8": []int64{-128, 127},
	} {
		got, err := array(t, npy(1, dictionary(dtype, "(2,)"), bytesOf(values))).Int64()
		ok(t, err)
		if !slices.Equal(got, []int64{-128, 127}) {
			t.Errorf("%s: %v", dtype, got)
		}
	}
	for dtype, largest := range map[string]any{"|u1": []uint8{255}, "<u2": []uint16{255}, "<u4": []uint32{255}, "<u8": []uint64{255}} {
		got, err := array(t, npy(1, dictionary(dtype, "(1,)"), bytesOf(largest))).Int64()
		ok(t, err)
		if !slices.Equal(got, []int64{255}) {
			t.Errorf("%s: %v", dtype, got)
		}
	}
	_, err := array(t, npy(1, dictionary("<u8", "(2,)"), bytesOf([]uint64{1, 1 << 63}))).Int64()
	expectError(t, err, `array "values"`, "value 1", "beyond", "int64")
}

func TestFloat64IsRoundedAndNotOverflown(t *testing.T) {
	read := func(values ...float64) ([]float32, error) {
		return array(t, npy(1, dictionary("<f8", "(3,)"), bytesOf(values))).Float32()
	}
	got, err := read(0.1, math.Inf(-1), math.MaxFloat32)
	ok(t, err)
	if !slices.Equal(got, []float32{0.1, float32(math.Inf(-1)), math.MaxFloat32}) {
		t.Errorf("%v", got)
	}
	_, err = read(1, 2, 1e39)
	expectError(t, err, "value 2", "<f8", "beyond", "float32")
}

func TestBooleans(t *testing.T) {
	got, err := array(t, npy(1, dictionary("|b1", "(2,)"), []byte{1, 0})).Uint8()
	ok(t, err)
	if !slices.Equal(got, []uint8{1, 0}) {
		t.Errorf("%v", got)
	}
}

func TestTypesAreNotMixedUp(t *testing.T) {
	floats := array(t, numpyFloats)
	_, err := floats.Uint8()
	expectError(t, err, "<f4", "not uint8", "astype('uint8')")
	_, err = floats.Int64()
	expectError(t, err, "<f4", "not int64")
	_, err = array(t, npy(1, dictionary("|u1", "(1,)"), []byte{1})).Float32()
	expectError(t, err, "|u1", "not float32", "astype('float32')")
}

func TestRows(t *testing.T) {
	values := bytesOf([]uint16{1, 2, 3, 4, 5, 6})
	content := npy(1, dictionary("<u2", "(3, 2)"), values)
	archive := open(t, zipped(t, member{"first.npy", zip.Store, numpyFloats}, member{"x.npy", zip.Store, content}), "some.npz")
	inZip, err := archive.Array("x")
	ok(t, err)
	for _, a := range []*npz.Array{array(t, content), inZip} {
		if !a.Stored || a.RowBytes() != 4 {
			t.Fatalf("stored %t, rows of %d bytes", a.Stored, a.RowBytes())
		}
		for first := range 4 {
			for n := range 4 - first {
				dst := make([]byte, 4*n)
				ok(t, a.Rows(first, n, dst))
				if !bytes.Equal(dst, values[4*first:4*(first+n)]) {
					t.Errorf("%d rows from %d on: %v", n, first, dst)
				}
			}
		}
		for _, c := range []struct{ first, n, size int }{{-1, 1, 4}, {3, 1, 4}, {1, 3, 12}, {0, -1, 0}, {math.MaxInt, 1, 4}} {
			expectError(t, a.Rows(c.first, c.n, make([]byte, c.size)), "[3 2]", "rows from row")
		}
		expectError(t, a.Rows(0, 2, make([]byte, 7)), "7 bytes", "4 bytes")
	}

	deflated, err := open(t, zipped(t, member{"x.npy", zip.Deflate, content}), "some.npz").Array("x")
	ok(t, err)
	expectError(t, deflated.Rows(0, 1, make([]byte, 4)), `array "x"`, "compressed", "numpy.savez")
	expectError(t, array(t, npy(1, dictionary("|u1", "()"), []byte{1})).Rows(0, 0, nil), "scalar")
}

func TestOpenReadsTheValuesInOrder(t *testing.T) {
	values := make([]byte, 100_000)
	for i := range values {
		values[i] = byte(i % 251)
	}
	content := npy(1, dictionary("|u1", "(100000,)"), values)
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		a, err := open(t, zipped(t, member{"x.npy", method, content}), "some.npz").Array("x")
		ok(t, err)
		r, err := a.Open()
		ok(t, err)
		got, err := io.ReadAll(r)
		ok(t, err)
		ok(t, r.Close())
		whole, err := a.Uint8()
		ok(t, err)
		if !bytes.Equal(got, values) || !bytes.Equal(whole, values) {
			t.Errorf("method %d: other values", method)
		}
	}
}

func TestWritesAndReadsBack(t *testing.T) {
	arrays := map[string]npz.Float32s{
		"res1.conv.weight": {Shape: []int{2, 3}, Values: []float32{1, -2, 3, 4.5, float32(math.Inf(1)), 6}},
		"bias":             {Shape: []int{1}, Values: []float32{7}},
		"scalar":           {Values: []float32{8}},
		"empty":            {Shape: []int{5, 0}},
	}
	var file, again bytes.Buffer
	ok(t, npz.Write(&file, arrays))
	ok(t, npz.Write(&again, arrays))
	if !bytes.Equal(file.Bytes(), again.Bytes()) {
		t.Error("the same arrays gave other bytes")
	}
	archive := open(t, file.Bytes(), "some.npz")
	if got := archive.Names(); !slices.Equal(got, []string{"bias", "empty", "res1.conv.weight", "scalar"}) {
		t.Errorf("names %q", got)
	}
	for name, want := range arrays {
		a, err := archive.Array(name)
		ok(t, err)
		values, err := a.Float32()
		ok(t, err)
		if !slices.Equal(a.Shape, want.Shape) || !slices.Equal(values, want.Values) || !a.Stored {
			t.Errorf("%s: %+v, values %v", name, a, values)
		}
	}

	// Another implementation reads it too.
	read, err := numpy.FromNpzReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	ok(t, err)
	weight := read["res1.conv.weight"]
	if !slices.Equal(weight.Shape().Dimensions, []int{2, 3}) || !slices.Equal(tensors.MustCopyFlatData[float32](weight), arrays["res1.conv.weight"].Values) {
		t.Errorf("GoMLX reads %s", weight)
	}
}

func TestWrittenBytesAreNumPys(t *testing.T) {
	var file bytes.Buffer
	ok(t, npz.Write(&file, map[string]npz.Float32s{"x": {Shape: []int{3}, Values: []float32{0, 1, 2}}}))
	if !bytes.Contains(file.Bytes(), numpyFloats) {
		t.Errorf("wrote %q, without what NumPy writes, %q", file.Bytes(), numpyFloats)
	}
}

func TestWriteRefusesAShapeThatDoesNotFit(t *testing.T) {
	for _, shape := range [][]int{nil, {5}, {7}, {-2, -3}, {0}, {6, 0}, {1 << 32, 1 << 32}} {
		err := npz.Write(io.Discard, map[string]npz.Float32s{"x": {Shape: shape, Values: make([]float32, 6)}})
		expectError(t, err, `"x"`, "6 values")
	}
}

// TestAgreesWithAnotherReader reads a file that NumPy wrote, beside GoMLX's reader.
func TestAgreesWithAnotherReader(t *testing.T) {
	path := filepath.Join("..", "..", "golden", "testdata", "mnist_uncond.npz")
	want, err := numpy.FromNpzFile(path)
	ok(t, err)
	archive, err := npz.Open(path)
	ok(t, err)
	defer archive.Close()
	if len(archive.Names()) != len(want) || len(want) == 0 {
		t.Fatalf("%d arrays, want %d", len(archive.Names()), len(want))
	}
	for _, name := range archive.Names() {
		a, err := archive.Array(name)
		ok(t, err)
		if !slices.Equal(a.Shape, want[name].Shape().Dimensions) {
			t.Errorf("%s: shape %v, want %s", name, a.Shape, want[name].Shape())
		}
		if a.DType != "<f4" {
			continue
		}
		values, err := a.Float32()
		ok(t, err)
		if !slices.Equal(values, tensors.MustCopyFlatData[float32](want[name])) {
			t.Errorf("%s has other values", name)
		}
	}
}
