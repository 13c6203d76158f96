package weights_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/numpy"

	"ebm/ebmlib/weights"
)

func TestEndings(t *testing.T) {
	for _, name := range []string{"w.pt", "w", "w.npz.gz", "npz"} {
		path := filepath.Join(t.TempDir(), name)
		_, err := weights.Read(path)
		expectError(t, err, path, ".npz", ".safetensors")
		expectError(t, weights.Write(path, weights.Tensors{}), path, ".npz", ".safetensors")
	}
}

// TestSafetensorsBytes fixes a file byte by byte: header of 8 aligned bytes, names sorted, values little-endian.
func TestSafetensorsBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	given := weights.Tensors{
		"b": floats([]float32{1, -2}, 2, 1),
		"a": tensors.FromScalar(float32(0.5)),
		"c": floats(nil, 0, 3),
	}
	ok(t, weights.Write(path, given))
	got, err := os.ReadFile(path)
	ok(t, err)
	const header = `{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},` +
		`"b":{"dtype":"F32","shape":[2,1],"data_offsets":[4,12]},` +
		`"c":{"dtype":"F32","shape":[0,3],"data_offsets":[12,12]}}  `
	if want := safetensors(header, 0, 0, 0, 0x3f, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0); !bytes.Equal(got, want) || len(header)%8 != 0 {
		t.Errorf("wrote %q, want %q", got, want)
	}
	read, err := weights.Read(path)
	ok(t, err)
	same(t, read, given)
}

func TestSafetensorsTypes(t *testing.T) {
	inf := float32(math.Inf(1))
	for dtype, c := range map[string]struct {
		values []byte
		want   []float32
	}{
		"F32": {[]byte{0, 0, 0xc0, 0x3f, 0, 0, 0x80, 0x7f}, []float32{1.5, inf}},
		"F64": {[]byte{0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f}, []float32{1.5, inf}},
		// Largest, smallest subnormal, minus infinity.
		"F16":  {[]byte{0, 0x3e, 0xff, 0x7b, 1, 0, 0, 0xfc}, []float32{1.5, 65504, 1.0 / (1 << 24), -inf}},
		"BF16": {[]byte{0xc0, 0x3f, 0x80, 0x7f}, []float32{1.5, inf}},
	} {
		header := fmt.Sprintf(`{"__metadata__":{"format":"pt"},"a":{"shape":[%d],"dtype":"%s","data_offsets":[0,%d]}}  `,
			len(c.want), dtype, len(c.values))
		read, err := weights.Read(writeFile(t, safetensors(header, c.values...), "w.safetensors"))
		ok(t, err)
		same(t, read, weights.Tensors{"a": floats(c.want, len(c.want))})
	}
}

func TestBadSafetensors(t *testing.T) {
	entry := func(dtype, shape, offsets string) string {
		return `{"dtype":"` + dtype + `","shape":` + shape + `,"data_offsets":` + offsets + `}`
	}
	one := func(entry string) string { return `{"a":` + entry + `}` }
	two := func(first, second string) string {
		return `{"a":` + entry("F32", "[1]", first) + `,"b":` + entry("F32", "[1]", second) + `}`
	}
	four, eight := make([]byte, 4), make([]byte, 8)
	for name, c := range map[string]struct {
		content []byte
		parts   []string
	}{
		"empty":               {nil, []string{"0 bytes", "too few"}},
		"half a length":       {four, []string{"4 bytes", "too few"}},
		"no header":           {eight, []string{"no JSON object"}},
		"header beyond":       {append([]byte{3, 0, 0, 0, 0, 0, 0, 0}, "{}"...), []string{"header of 3 bytes", "10 in all", "cut short"}},
		"header of 2^64":      {bytes.Repeat([]byte{255}, 20), []string{"18446744073709551615", "cut short"}},
		"zip archive":         {[]byte("PK\x03\x04 and so on, and so on"), []string{"no safetensors file"}},
		"no JSON":             {safetensors("hello"), []string{"no JSON object"}},
		"a list":              {safetensors("[]"), []string{"no JSON object"}},
		"half an object":      {safetensors(`{"a":`), []string{"header", "ends early"}},
		"number for a name":   {safetensors(`{1:2}`), []string{"header can't be read"}},
		"two objects":         {safetensors(`{}{}`), []string{"something follows"}},
		"entry no object":     {safetensors(`{"a":7}`), []string{`"a"`, "number"}},
		"one name":            {safetensors(`{"a":`+entry("F32", "[1]", "[0,4]")+`,"a":`+entry("F32", "[1]", "[0,4]")+`}`, four...), []string{`"a"`, "two tensors"}},
		"metadata no text":    {safetensors(`{"__metadata__":{"a":1}}`), []string{"__metadata__"}},
		"no type":             {safetensors(one(`{"shape":[1],"data_offsets":[0,4]}`), four...), []string{`"a"`, `""`, "F32"}},
		"integers":            {safetensors(one(entry("I64", "[1]", "[0,8]")), eight...), []string{`"a"`, `"I64"`, "BF16, F16, F32, F64", "float()"}},
		"no shape":            {safetensors(one(`{"dtype":"F32","data_offsets":[0,4]}`), four...), []string{`"a"`, "shape is missing"}},
		"no offsets":          {safetensors(one(`{"dtype":"F32","shape":[]}`), four...), []string{`"a"`, "data_offsets"}},
		"three offsets":       {safetensors(one(entry("F32", "[1]", "[0,4,8]")), four...), []string{`"a"`, "[0 4 8]"}},
		"offset below 0":      {safetensors(one(entry("F32", "[1]", "[-4,0]")), four...), []string{`"a"`, "[-4 0]"}},
		"offsets backwards":   {safetensors(one(entry("F32", "[1]", "[4,0]")), four...), []string{`"a"`, "[4 0]"}},
		"offset no integer":   {safetensors(one(entry("F32", "[1]", "[0,4.5]")), four...), []string{`"a"`, "4.5"}},
		"offset beyond int64": {safetensors(one(entry("F32", "[1]", "[0,9223372036854775808]")), four...), []string{`"a"`, "9223372036854775808"}},
		"beyond the file":     {safetensors(one(entry("F32", "[2]", "[0,8]")), four...), []string{`"a"`, "[0 8]", "ends at 4", "cut short"}},
		"10^12 values":        {safetensors(one(entry("F32", "[1000000,1000000]", "[0,4000000000000]")), four...), []string{`"a"`, "ends at 4"}},
		"shape too large":     {safetensors(one(entry("F32", "[2]", "[0,4]")), four...), []string{`"a"`, "[2]", "4 bytes"}},
		"shape too small":     {safetensors(one(entry("F32", "[1]", "[0,8]")), eight...), []string{`"a"`, "[1]", "8 bytes"}},
		"half a value":        {safetensors(one(entry("F32", "[1]", "[0,6]")), eight[:6]...), []string{`"a"`, "6 bytes"}},
		"size below 0":        {safetensors(one(entry("F32", "[-1,-1]", "[0,4]")), four...), []string{`"a"`, "[-1 -1]"}},
		"0 and below":         {safetensors(one(entry("F32", "[0,-1]", "[0,0]"))), []string{`"a"`, "[0 -1]"}},
		"shape overflows":     {safetensors(one(entry("F32", "[4294967296,4294967296,4294967296]", "[0,4]")), four...), []string{`"a"`, "4 bytes"}},
		"product overflows":   {safetensors(one(entry("F32", "[4294967296,4294967296]", "[0,0]"))), []string{`"a"`, "0 bytes"}},
		"overlap":             {safetensors(two("[0,4]", "[2,6]"), eight[:6]...), []string{`"b"`, "[2 6]", "over those of another"}},
		"same place":          {safetensors(two("[0,4]", "[0,4]"), four...), []string{`"b"`, "over those of another"}},
		"gap":                 {safetensors(two("[0,4]", "[8,12]"), make([]byte, 12)...), []string{`"b"`, "[8 12]", "gap from 4"}},
		"gap at the start":    {safetensors(one(entry("F32", "[1]", "[4,8]")), eight...), []string{`"a"`, "gap from 0"}},
		"left over":           {safetensors(one(entry("F32", "[1]", "[0,4]")), eight...), []string{"4 bytes of no tensor"}},
		"beyond float32":      {safetensors(one(entry("F64", "[1]", "[0,8]")), 0, 0, 0, 0, 0, 0, 0xe0, 0x7f), []string{`"a"`, "value 0", "beyond the range"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, c.content, "w.safetensors")
			_, err := weights.Read(path)
			expectError(t, err, append(c.parts, path)...)
		})
	}
	dir := filepath.Join(t.TempDir(), "dir.safetensors")
	ok(t, os.Mkdir(dir, 0o777))
	_, err := weights.Read(dir)
	expectError(t, err, dir, "directory")
	_, err = weights.Read(dir + "/missing.safetensors")
	expectError(t, err, "missing.safetensors", "no such file")
}

func TestEmptySafetensors(t *testing.T) {
	read, err := weights.Read(writeFile(t, safetensors("{}"), "w.safetensors"))
	ok(t, err)
	if len(read) != 0 {
		t.Errorf("%v", read)
	}
}

// npzFile is a .npz file of arrays, written by GoMLX.
func npzFile(t *testing.T, arrays map[string]*tensors.Tensor) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "w.npz")
	ok(t, numpy.ToNpzFile(arrays, path))
	return path
}

func TestNPZTypes(t *testing.T) {
	read, err := weights.Read(npzFile(t, map[string]*tensors.Tensor{
		"loss":  tensors.FromScalar(0.1),
		"steps": tensors.FromFlatDataAndDimensions([]int64{1 << 24, -3}, 2),
	}))
	ok(t, err)
	same(t, read, weights.Tensors{"loss": tensors.FromScalar(float32(0.1)), "steps": floats([]float32{1 << 24, -3}, 2)})

	_, err = weights.Read(npzFile(t, map[string]*tensors.Tensor{"steps": tensors.FromFlatDataAndDimensions([]int64{0, 1<<24 + 1}, 2)}))
	expectError(t, err, "w.npz", `"steps"`, "value 1 is 16777217", "float32")
	_, err = weights.Read(npzFile(t, map[string]*tensors.Tensor{"flags": tensors.FromFlatDataAndDimensions([]bool{true}, 1)}))
	expectError(t, err, "w.npz", `"flags"`, "float32")
	_, err = weights.Read(writeFile(t, nil, "w.npz"))
	expectError(t, err, "w.npz", "empty")
}

func TestNPZThatUnpacksToMuch(t *testing.T) {
	_, err := weights.Read(writeFile(t, zeroBytesNPZ(t, 4<<20+1), "w.npz"))
	expectError(t, err, "w.npz", "more than 16777216 bytes as float32", "numpy.savez")
	read, err := weights.Read(writeFile(t, zeroBytesNPZ(t, 4<<20-1), "w.npz"))
	ok(t, err)
	if size := read["zeros"].Shape().Size(); size != 4<<20-1 {
		t.Errorf("%d values", size)
	}
}

func TestWriteIsWholeOrNot(t *testing.T) {
	for _, ending := range []string{".npz", ".safetensors"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "w"+ending)
		ok(t, weights.Write(path, weights.Tensors{"a": floats([]float32{1}, 1)}))
		before, err := os.ReadFile(path)
		ok(t, err)

		expectError(t, weights.Write(path, weights.Tensors{"a": tensors.FromScalar(int32(1))}), path, `"a"`, "Int32")
		ok(t, os.Mkdir(path+".new", 0o777)) // Which nothing can be written to.
		expectError(t, weights.Write(path, weights.Tensors{"a": floats([]float32{2}, 1)}), path, "can't be written")
		ok(t, os.Remove(path+".new"))
		after, err := os.ReadFile(path)
		ok(t, err)
		if !bytes.Equal(before, after) {
			t.Error("what could not be written is in the file")
		}

		ok(t, weights.Write(path, weights.Tensors{"a": floats([]float32{2}, 1)}))
		read, err := weights.Read(path)
		ok(t, err)
		same(t, read, weights.Tensors{"a": floats([]float32{2}, 1)})
		left, err := os.ReadDir(dir)
		ok(t, err)
		if len(left) != 1 {
			t.Errorf("left in the folder: %v", left)
		}
	}
	path := filepath.Join(t.TempDir(), "missing", "w.npz")
	expectError(t, weights.Write(path, weights.Tensors{}), path, "no such file")

	dir := t.TempDir()
	path = filepath.Join(dir, "w.npz")
	ok(t, os.MkdirAll(filepath.Join(path, "full"), 0o777)) // Which nothing can be renamed to.
	expectError(t, weights.Write(path, weights.Tensors{}), path, "can't be written")
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
}

func TestWritingIsDeterministic(t *testing.T) {
	given := weights.Tensors{}
	for _, name := range strings.Split("the quick brown fox jumps over a lazy dog", " ") {
		given[name] = floats([]float32{float32(len(name))}, 1)
	}
	for _, ending := range []string{".npz", ".safetensors"} {
		var contents [2][]byte
		for i := range contents {
			path := filepath.Join(t.TempDir(), "w"+ending)
			ok(t, weights.Write(path, given))
			var err error
			contents[i], err = os.ReadFile(path)
			ok(t, err)
		}
		if !bytes.Equal(contents[0], contents[1]) {
			t.Errorf("%s: the same tensors gave other bytes", ending)
		}
	}
}
