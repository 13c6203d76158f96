package untrusted_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebm/ebmlib/internal/untrusted"
)

func TestUnpacked(t *testing.T) {
	for packed, want := range map[int64]int64{0: 16 << 20, 80_000: 16 << 20, 1_000_000: 200_000_000} {
		if got := untrusted.Unpacked(packed); got != want {
			t.Errorf("%d of %d bytes, want %d", got, packed, want)
		}
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("four"), 0o666); err != nil {
		t.Fatal(err)
	}
	if text, err := untrusted.ReadFile(path, 4); err != nil || string(text) != "four" {
		t.Errorf("read %q, %v", text, err)
	}
	_, err := untrusted.ReadFile(path, 3)
	expectError(t, err, path, "has 4 bytes", "no more than 3")
	_, err = untrusted.ReadFile(dir, 3)
	expectError(t, err, dir, "directory")
	_, err = untrusted.ReadFile("/dev/zero", 3)
	expectError(t, err, "/dev/zero", "device")
	_, err = untrusted.ReadFile(path+"s", 3)
	expectError(t, err, path+"s", "no such file")
}

func TestJSON(t *testing.T) {
	nested := func(depth int) []byte { return []byte(strings.Repeat(`[`, depth) + strings.Repeat(`]`, depth)) }
	var into any
	if err := untrusted.JSON(nested(64), &into); err != nil {
		t.Error(err)
	}
	expectError(t, untrusted.JSON(nested(65), &into), "nested deeper than 64")
	expectError(t, untrusted.JSON([]byte(`{"a":1} {}`), &into), "after top-level value")
	expectError(t, untrusted.JSON([]byte(`{"a":`), &into), "unexpected end")
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
