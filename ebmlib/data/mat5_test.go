package data

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"
	"path/filepath"
	"slices"
	"testing"
)

// matWriter writes elements of MATLAB 5 files.
type matWriter struct{ binary.AppendByteOrder }

var (
	littleMAT = matWriter{binary.LittleEndian}
	bigMAT    = matWriter{binary.BigEndian}
)

// file is a file of these elements.
func (w matWriter) file(elements ...[]byte) []byte {
	header := append([]byte("MATLAB 5.0 MAT-file"), bytes.Repeat([]byte{' '}, 105)...)
	header = w.AppendUint16(header, 0x0100)
	header = w.AppendUint16(header, 'M'<<8|'I')
	return append(header, slices.Concat(elements...)...)
}

// element is an element of this type, in the small form if its data fit into it.
func (w matWriter) element(kind uint32, content []byte) []byte {
	if n := uint32(len(content)); 0 < n && n <= 4 {
		return append(append(w.AppendUint32(nil, n<<16|kind), content...), make([]byte, 4-n)...)
	}
	element := w.AppendUint32(w.AppendUint32(nil, kind), uint32(len(content)))
	return append(append(element, content...), make([]byte, (8-len(content)%8)%8)...)
}

// variable is a matrix of the class (with the flags above it), whose values are stored as this type.
func (w matWriter) variable(name string, class uint32, dims []int32, kind uint32, values []byte) []byte {
	var sizes []byte
	for _, d := range dims {
		sizes = w.AppendUint32(sizes, uint32(d))
	}
	return w.element(matMatrix, slices.Concat(
		w.element(matUint32, w.AppendUint32(w.AppendUint32(nil, class), 0)),
		w.element(matInt32, sizes),
		w.element(matInt8, []byte(name)),
		w.element(kind, values),
	))
}

// compressed is the compressed form of an element.
func (w matWriter) compressed(element []byte) []byte {
	var stream bytes.Buffer
	z := zlib.NewWriter(&stream)
	z.Write(element)
	z.Close()
	return append(w.AppendUint32(w.AppendUint32(nil, matCompressed), uint32(stream.Len())), stream.Bytes()...)
}

// numbersOf reads the values of a variable of a file.
func numbersOf(t *testing.T, content []byte, name string) ([]float64, error) {
	t.Helper()
	var values []float64
	path := writeFile(t, content, t.TempDir(), "some.mat")
	err := readMAT(path, map[string]func(*matVariable) error{
		name: func(v *matVariable) error {
			return v.eachNumber(func(_ int, value float64) error {
				values = append(values, value)
				return nil
			})
		},
	})
	if err != nil {
		expectError(t, err, path)
	}
	return values, err
}

func TestReadMATReadsEveryNumericType(t *testing.T) {
	for name, w := range map[string]matWriter{"little-endian": littleMAT, "big-endian": bigMAT} {
		minusTwo := int64(-2)
		for kind, c := range map[uint32]struct {
			values []byte
			want   float64
		}{
			1:  {[]byte{0xfe}, -2},
			2:  {[]byte{0xfe}, 254},
			3:  {w.AppendUint16(nil, uint16(minusTwo)), -2},
			4:  {w.AppendUint16(nil, 65534), 65534},
			5:  {w.AppendUint32(nil, uint32(minusTwo)), -2},
			6:  {w.AppendUint32(nil, 1<<32-2), 1<<32 - 2},
			7:  {w.AppendUint32(nil, math.Float32bits(-0.5)), -0.5},
			9:  {w.AppendUint64(nil, math.Float64bits(-0.1)), -0.1},
			12: {w.AppendUint64(nil, uint64(minusTwo)), -2},
			13: {w.AppendUint64(nil, 1<<63), 1 << 63},
		} {
			variable := w.variable("v", matDouble, []int32{1, 2}, kind, slices.Concat(c.values, make([]byte, len(c.values))))
			for form, element := range map[string][]byte{"plain": variable, "compressed": w.compressed(variable)} {
				got, err := numbersOf(t, w.file(element), "v")
				ok(t, err)
				if !slices.Equal(got, []float64{c.want, 0}) {
					t.Errorf("%s, %s, type %d: read %v, want %v and 0", name, form, kind, got, c.want)
				}
			}
		}
	}
}

func TestReadMATPassesOverWhatHasNoUse(t *testing.T) {
	w := littleMAT
	nested := w.variable("", matDouble, []int32{1, 1}, matUint8, []byte{1})
	cell := w.element(matMatrix, slices.Concat(
		w.element(matUint32, w.AppendUint32(w.AppendUint32(nil, 1), 0)),
		w.element(matInt32, w.AppendUint32(w.AppendUint32(nil, 1), 1)),
		w.element(matInt8, []byte("notes")),
		nested,
	))
	empty := w.variable("nothing", matDouble, []int32{0, 0}, 9, nil)
	last := w.variable("last", matDouble, []int32{3, 1}, matUint8, []byte{7, 8, 9})
	for name, elements := range map[string][][]byte{
		"plain":      {cell, empty, last},
		"compressed": {w.compressed(cell), w.compressed(empty), w.compressed(last)},
	} {
		got, err := numbersOf(t, w.file(elements...), "last")
		ok(t, err)
		if !slices.Equal(got, []float64{7, 8, 9}) {
			t.Errorf("%s: read %v", name, got)
		}
	}
	_, err := numbersOf(t, w.file(cell, empty, last), "first")
	expectError(t, err, "no variable first", "notes (cell [1 1])", "nothing (double [0 0])", "last (double [3 1])")
}

func TestReadMATNamesWhatIsWrong(t *testing.T) {
	w := littleMAT
	bytes3 := []byte{7, 8, 9}
	v := w.variable("v", matDouble, []int32{3, 1}, matUint8, bytes3)
	sound := w.file(v)
	zipped := w.file(w.compressed(v))
	patched := func(content []byte, at int, b byte) []byte {
		content = slices.Clone(content)
		content[at] = b
		return content
	}
	elements := func(parts ...[]byte) []byte { return w.file(w.element(matMatrix, slices.Concat(parts...))) }
	flags := w.element(matUint32, w.AppendUint32(w.AppendUint32(nil, matDouble), 0))
	dims := w.element(matInt32, w.AppendUint32(w.AppendUint32(nil, 1), 1))
	for name, c := range map[string]struct {
		content []byte
		part    string
	}{
		"empty":                  {nil, "truncated"},
		"half a header":          {sound[:100], "truncated"},
		"another file":           {bytes.Repeat([]byte("PK"), 100), `wrong magic number "PK"`},
		"version 7.3":            {patched(sound, 125, 2), "save it in MATLAB with -v7"},
		"header alone":           {sound[:128], "no variable v, only []"},
		"half a tag":             {sound[:131], "truncated"},
		"cut short":              {sound[:len(sound)-8], "truncated"},
		"absurd element":         {patched(sound, 135, 0xff), "claims 4278190128 bytes"},
		"unknown element":        {patched(sound, 128, 99), "element of type 99"},
		"two of a name":          {w.file(v, v), "two variables v"},
		"compressed much":        {w.file(w.compressed(w.variable("v", matDouble, []int32{17 << 20, 1}, matUint8, make([]byte, 17<<20)))), "claims 17825840 bytes"},
		"compressed cut short":   {zipped[:len(zipped)-4], "claims"},
		"compressed damaged":     {patched(zipped, len(zipped)-1, zipped[len(zipped)-1]^1), "compressed variable is damaged"},
		"compressed header":      {patched(zipped, 136, 0), "compressed variable is damaged"},
		"compressed nothing":     {w.file(w.compressed(nil)), "truncated"},
		"compressed twice":       {w.file(w.compressed(w.compressed(v))), "element of type 15"},
		"compressed too much":    {w.file(w.compressed(append(slices.Clone(v), 0))), "left over"},
		"compressed part":        {w.file(w.compressed(v[:len(v)-4])), "truncated"},
		"cell":                   {w.file(w.variable("v", 1, []int32{1, 1}, matUint8, []byte{1})), "v (cell [1 1]) is not an array of real numbers"},
		"sparse":                 {w.file(w.variable("v", 5, []int32{1, 1}, matUint8, []byte{1})), "v (sparse [1 1]) is not"},
		"class 0":                {w.file(w.variable("v", 0, []int32{1, 1}, matUint8, []byte{1})), "v (of type 0 [1 1]) is not"},
		"class 200":              {w.file(w.variable("v", 200, []int32{1, 1}, matUint8, []byte{1})), "v (of type 200 [1 1]) is not"},
		"complex":                {w.file(w.variable("v", matDouble|matComplex, []int32{3, 1}, matUint8, bytes3)), "not an array of real numbers"},
		"too few values":         {w.file(w.variable("v", matDouble, []int32{4, 1}, matUint8, bytes3)), "do not fill its dimensions"},
		"too many values":        {w.file(w.variable("v", matDouble, []int32{2, 1}, matUint8, bytes3)), "do not fill its dimensions"},
		"absurd dimensions":      {w.file(w.variable("v", matDouble, []int32{1 << 30, 1 << 30, 1 << 30}, matUint8, bytes3)), "do not fill its dimensions"},
		"negative dimensions":    {w.file(w.variable("v", matDouble, []int32{-3, -1}, matUint8, bytes3)), "do not fill its dimensions"},
		"no values":              {w.file(w.variable("v", matDouble, []int32{0, 0}, matUint8, nil)), "do not fill its dimensions"},
		"values of no number":    {w.file(w.variable("v", matDouble, []int32{3, 1}, 8, bytes3)), "values of unknown type 8"},
		"values missing":         {elements(flags, dims, w.element(matInt8, []byte("v"))), "truncated"},
		"flags missing":          {elements(dims), "flags of a variable in 8 bytes of type 5"},
		"short flags":            {elements(w.element(matUint32, make([]byte, 4)), dims, w.element(matInt8, []byte("v"))), "flags of 4 bytes"},
		"dimensions missing":     {elements(flags, w.element(matInt8, []byte("v"))), "dimensions of a variable in 1 bytes of type 1"},
		"many dimensions":        {elements(flags, w.element(matInt32, make([]byte, 4*33))), "dimensions of a variable in 132 bytes"},
		"name missing":           {elements(flags, dims, flags), "the name of a variable in 8 bytes of type 6"},
		"long name":              {elements(flags, dims, w.element(matInt8, make([]byte, 1<<20))), "the name of a variable in 1048576 bytes"},
		"small element too long": {patched(elements(flags, dims, w.element(matInt8, []byte("v")), make([]byte, 16)), 128+8+16+16+2, 5), "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := numbersOf(t, c.content, "v")
			expectError(t, err, c.part)
		})
	}
}

func TestReadMATTellsMissingFromDirectory(t *testing.T) {
	dir := t.TempDir()
	expectError(t, readMAT(dir, nil), dir, "is a directory")
	missing := filepath.Join(dir, "missing.mat")
	expectError(t, readMAT(missing, nil), missing, "no such file")
}
