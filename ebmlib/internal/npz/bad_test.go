package npz_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ebm/ebmlib/internal/npz"
)

func TestOpenNamesWhatIsWrong(t *testing.T) {
	sound := zipped(t, member{"x.npy", zip.Deflate, numpyFloats})
	for name, c := range map[string]struct {
		content []byte
		parts   []string
	}{
		"empty":         {nil, []string{"empty"}},
		"one byte":      {[]byte{7}, []string{"neither a .npz", "right file"}},
		"picture":       {[]byte("\x89PNG\r\n\x1a\n"), []string{`"\x89PNG\r\n"`, "neither a .npz", "right file"}},
		"cut zip":       {sound[:len(sound)-5], []string{"cut short", "get the file again"}},
		"start of zip":  {sound[:4], []string{"cut short"}},
		"one name":      {zipped(t, member{"x.npy", 0, numpyFloats}, member{"x.npy", 0, numpyFloats}), []string{"two arrays", `"x"`}},
		"one name both": {zipped(t, member{"x.npy", 0, numpyFloats}, member{"x", 0, numpyFloats}), []string{"two arrays", `"x"`}},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, c.content, "some-file")
			_, err := npz.Open(path)
			expectError(t, err, append(c.parts, path)...)
		})
	}

	dir := t.TempDir()
	_, err := npz.Open(dir)
	expectError(t, err, dir, "directory")
	_, err = npz.Open(filepath.Join(dir, "missing.npz"))
	expectError(t, err, filepath.Join(dir, "missing.npz"), "no such file")
}

// TestArrayNamesWhatIsWrong has each fault in a .npy file, and in an archive stored and deflated.
func TestArrayNamesWhatIsWrong(t *testing.T) {
	u1 := func(shape string, values ...byte) []byte { return npy(1, dictionary("|u1", shape), values) }
	typed := func(dtype string) []byte { return npy(1, dictionary(dtype, "(1,)"), make([]byte, 8)) }
	for name, c := range map[string]struct {
		content []byte
		parts   []string
	}{
		"half a version":    {numpyFloats[:7], []string{"truncated"}},
		"half a length":     {numpyFloats[:9], []string{"truncated"}},
		"half a header":     {numpyFloats[:50], []string{"118 bytes", "damaged"}},
		"no values":         {numpyFloats[:128], []string{"[3]", "truncated"}},
		"value missing":     {numpyFloats[:136], []string{"[3]", "truncated"}},
		"byte missing":      {numpyFloats[:139], []string{"[3]", "truncated"}},
		"byte left over":    {append(slices.Clone(numpyFloats), 7), []string{"1 bytes more", "[3]", "damaged"}},
		"10^12 values":      {u1("(1000000, 1000000)", 1, 2, 3), []string{"[1000000 1000000]", "truncated"}},
		"more than int64":   {u1("(4294967296, 4294967296, 4294967296)", 1), []string{"truncated"}},
		"size beyond int64": {u1("(9223372036854775808,)", 1), []string{"9223372036854775808", "can't be"}},
		"size below 0":      {u1("(-3,)", 1, 2, 3), []string{"(-3,)", "can't be"}},
		"two sizes below 0": {u1("(-3, -1)", 1, 2, 3), []string{"(-3, -1)", "can't be"}},
		"no size":           {u1("(,)", 1), []string{"can't be"}},
		"half a size":       {u1("(1.5,)", 1), []string{"can't be"}},
		"65 dimensions":     {u1("("+strings.Repeat("1,", 65)+")", 1), []string{"65 dimensions", "64"}},
		"version 0":         {npy(0, dictionary("|u1", "(1,)"), []byte{1}), []string{"0.0", "1.0, 2.0 and 3.0"}},
		"version 4":         {npy(4, dictionary("|u1", "(1,)"), []byte{1}), []string{"4.0"}},
		"header of 4 GB":    {append([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "{}"...), []string{"4294967295 bytes", "damaged"}},
		"header of 100 KB":  {npy(2, dictionary("|u1", "(1,)")+strings.Repeat(" ", 100_000), []byte{1}), []string{"65536", "damaged"}},
		"empty header":      {npy(1, "", nil), []string{"descr", "damaged"}},
		"no shape":          {npy(1, "{'descr': '|u1', 'fortran_order': False, }", []byte{1}), []string{"shape", "damaged"}},
		"no order":          {npy(1, "{'descr': '|u1', 'shape': (1,), }", []byte{1}), []string{"fortran_order", "damaged"}},
		"records":           {npy(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", make([]byte, 4)), []string{"records", "fields"}},
		"objects":           {typed("|O"), []string{"pickled Python objects"}},
		"big-endian":        {typed(">f8"), []string{"big-endian", "astype('<f8')"}},
		"float16":           {typed("<f2"), []string{`"<f2"`, "float32", "astype"}},
		"complex":           {typed("<c8"), []string{`"<c8"`, "astype"}},
		"text":              {typed("<U2"), []string{`"<U2"`, "astype"}},
		"no byte order":     {typed("|f8"), []string{`"|f8"`}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []uint16{zip.Store, zip.Deflate} {
				_, err := open(t, zipped(t, member{"x.npy", method, c.content}), "some.npz").Array("x")
				expectError(t, err, append(c.parts, "some.npz", `array "x"`)...)
			}
			_, err := open(t, c.content, "x.npy").Array("x")
			expectError(t, err, append(c.parts, "x.npy", `array "x"`)...)
		})
	}

	_, err := open(t, zipped(t, member{"x.npy", zip.Store, []byte("\x93NUM")}), "some.npz").Array("x")
	expectError(t, err, "truncated")
	_, err = open(t, zipped(t, member{"read.me", zip.Store, []byte("not an array")}), "some.npz").Array("read.me")
	expectError(t, err, `"read.me"`, `"not an"`, "no NumPy array")
	_, err = open(t, zipped(t, member{"x.npy", zip.Store, numpyFloats}), "some.npz").Array("y")
	expectError(t, err, "some.npz", `"y"`, `["x"]`)
}

// Fields of a zip archive's directory entry, by their place in it.
const (
	entryFlags        = 8
	entryMethod       = 10
	entryPacked       = 20
	entryUnpacked     = 24
	entryLocalAddress = 42
)

// tamper overwrites a field of the last directory entry of an archive.
func tamper(content []byte, field int, value ...byte) []byte {
	content = slices.Clone(content)
	entry := bytes.LastIndex(content, []byte("PK\x01\x02"))
	copy(content[entry+field:], value)
	return content
}

func size(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func TestZipEntriesAreNotBelieved(t *testing.T) {
	stored := zipped(t, member{"x.npy", zip.Store, numpyFloats})
	deflated := zipped(t, member{"x.npy", zip.Deflate, numpyFloats})
	large := npy(1, dictionary("|u1", "(4000000000,)"), nil)
	for name, c := range map[string]struct {
		content []byte
		part    string
	}{
		"encrypted":              {tamper(stored, entryFlags, 1), "encrypted"},
		"other compression":      {tamper(stored, entryMethod, 14), "method 14"},
		"more than the file has": {tamper(deflated, entryPacked, size(1_000_000)...), "1000000 of them"},
		"more than from there":   {tamper(deflated, entryPacked, size(uint32(len(deflated)))...), "from there on"},
		"stored and larger":      {tamper(stored, entryUnpacked, size(1_000)...), "1000 bytes"},
		"too much to deflate": {tamper(zipped(t, member{"x.npy", zip.Deflate, large}), entryUnpacked, size(uint32(4_000_000_000+len(large)))...),
			"unpack to more than 16777216 bytes"},
		"elsewhere": {tamper(stored, entryLocalAddress, size(30)...), "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			archive, err := npz.Open(writeFile(t, c.content, "some.npz"))
			if err == nil {
				defer archive.Close()
				_, err = archive.Array("x")
			}
			expectError(t, err, "some.npz", `"x`, c.part)
		})
	}
}

func TestArchiveThatUnpacksToMuch(t *testing.T) {
	zeros := func(n int) member {
		return member{"zeros.npy", zip.Deflate, npy(1, dictionary("|u1", fmt.Sprintf("(%d,)", n)), make([]byte, n))}
	}
	a, err := open(t, zipped(t, zeros(15<<20)), "some.npz").Array("zeros")
	ok(t, err)
	values, err := a.Uint8()
	ok(t, err)
	if len(values) != 15<<20 {
		t.Errorf("%d values", len(values))
	}
	_, err = npz.Open(writeFile(t, zipped(t, zeros(17<<20)), "some.npz"))
	expectError(t, err, "some.npz", `"zeros.npy"`, "more than 16777216 bytes", "numpy.savez")
}

func TestArraysThatShareBytes(t *testing.T) {
	content := zipped(t, member{"x0.npy", zip.Store, npy(1, dictionary("|u1", "(1000,)"), make([]byte, 1000))})
	start := bytes.LastIndex(content, []byte("PK\x01\x02"))
	end := bytes.LastIndex(content, []byte("PK\x05\x06"))
	file, entry, last := content[:start:start], content[start:end], slices.Clone(content[end:])
	for i := range 5 { // Entries of the same array, of names of their own.
		file = append(file, bytes.Replace(entry, []byte("x0"), fmt.Appendf(nil, "x%d", i), 1)...)
	}
	binary.LittleEndian.PutUint16(last[8:], 5)
	binary.LittleEndian.PutUint16(last[10:], 5)
	binary.LittleEndian.PutUint32(last[12:], uint32(5*len(entry)))
	_, err := npz.Open(writeFile(t, append(file, last...), "some.npz"))
	expectError(t, err, "some.npz", "claim more bytes than its", `"x1.npy"`, "damaged")
}

func TestDamagedValues(t *testing.T) {
	values := make([]byte, 10_000)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range values {
		values[i] = byte(random.Uint32())
	}
	content := npy(1, dictionary("|u1", "(10000,)"), values)
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		archive := zipped(t, member{"x.npy", method, content})
		archive[len(archive)/2] ^= 1
		a, err := open(t, archive, "some.npz").Array("x")
		ok(t, err)
		_, err = a.Uint8()
		expectError(t, err, "some.npz", `array "x"`, "damaged")
	}

	// A deflated array that claims more values than it has, but no more than it could have.
	content = npy(1, dictionary("|u1", "(20000,)"), values)
	a, err := open(t, tamper(zipped(t, member{"x.npy", zip.Deflate, content}), entryUnpacked, size(uint32(len(content)+10_000))...), "some.npz").Array("x")
	ok(t, err)
	_, err = a.Uint8()
	expectError(t, err, `array "x"`, "truncated")
}

func TestReadingAFileThatIsGone(t *testing.T) {
	path := writeFile(t, numpyFloats, "x.npy")
	archive, err := npz.Open(path)
	ok(t, err)
	defer archive.Close()
	a, err := archive.Array("x")
	ok(t, err)
	ok(t, os.Truncate(path, 130))
	_, err = a.Float32()
	expectError(t, err, path, "truncated")
	expectError(t, a.Rows(0, 3, make([]byte, 12)), path, "truncated")
}
