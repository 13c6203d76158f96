package npz_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebm/ebmlib/internal/npz"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// expectError fails the test unless err is there and its message has every one of the parts.
func expectError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, wanted one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q lacks %q", err, part)
		}
	}
}

// npy is a .npy file of the format version: a header with this text, padded as NumPy does, and the values' bytes.
func npy(version byte, text string, values []byte) []byte {
	lengthSize := 4
	if version == 1 {
		lengthSize = 2
	}
	for (8+lengthSize+len(text)+1)%64 != 0 {
		text += " "
	}
	text += "\n"
	length := binary.LittleEndian.AppendUint32(nil, uint32(len(text)))
	file := append([]byte("\x93NUMPY"), version, 0)
	file = append(file, length[:lengthSize]...)
	file = append(file, text...)
	return append(file, values...)
}

// dictionary is the text of a header.
func dictionary(dtype, shape string) string {
	return "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': " + shape + ", }"
}

type member struct {
	name    string
	method  uint16
	content []byte
}

func zipped(t testing.TB, members ...member) []byte {
	t.Helper()
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	for _, m := range members {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: m.method})
		ok(t, err)
		_, err = f.Write(m.content)
		ok(t, err)
	}
	ok(t, w.Close())
	return file.Bytes()
}

func writeFile(t testing.TB, content []byte, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	ok(t, os.WriteFile(path, content, 0o666))
	return path
}

// open opens a file of this content until the test ends.
func open(t testing.TB, content []byte, name string) *npz.Archive {
	t.Helper()
	archive, err := npz.Open(writeFile(t, content, name))
	ok(t, err)
	t.Cleanup(func() { archive.Close() })
	return archive
}

// array is the one array of a .npy file.
func array(t *testing.T, content []byte) *npz.Array {
	t.Helper()
	a, err := open(t, content, "values.npy").Array("values")
	ok(t, err)
	return a
}
