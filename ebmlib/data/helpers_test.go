package data

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

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

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// writeFile writes a file in a folder made if need be, and returns its path.
func writeFile(t *testing.T, content []byte, elements ...string) string {
	t.Helper()
	path := filepath.Join(elements...)
	ok(t, os.MkdirAll(filepath.Dir(path), 0o755))
	ok(t, os.WriteFile(path, content, 0o644))
	return path
}

// writeIDX writes an IDX file in a folder made if need be, and returns its path.
func writeIDX(t *testing.T, dims []int, values []uint8, elements ...string) string {
	t.Helper()
	path := filepath.Join(elements...)
	ok(t, os.MkdirAll(filepath.Dir(path), 0o755))
	ok(t, WriteIDX(path, dims, values))
	return path
}

func gzipped(t testing.TB, content []byte) []byte {
	var buffer bytes.Buffer
	w := gzip.NewWriter(&buffer)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// realData returns the user's data directory, and skips the test if none is set or it lacks MNIST's test set.
func realData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv(dirVariable)
	if dir == "" || !hasMNIST(dir, "test") {
		t.Skipf("needs the MNIST test set: set %s to a directory with mnist/t10k-images-idx3-ubyte.gz and mnist/t10k-labels-idx1-ubyte.gz", dirVariable)
	}
	return dir
}
