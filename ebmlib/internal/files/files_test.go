package files_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ebm/ebmlib/internal/files"
)

// careless writes a hundred kilobytes and knows of no error, as some writers do.
func careless(w io.Writer) error {
	for range 100 {
		w.Write(make([]byte, 1000))
	}
	return nil
}

func TestReplaceOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("ebm-test", dir, "tmpfs", 0, "size=40k"); err != nil {
		t.Skipf("no disk of 40 kB can be made here: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	path := filepath.Join(dir, "file")
	write(t, path, "old")
	if err := files.Replace(path, careless); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), path+" can't be written") {
		t.Errorf("%v, want that the disk is full", err)
	}
	requireOnly(t, path, "old")
}

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	write(t, path, "old")
	broken := errors.New("broken")
	if err := files.Replace(path, func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("%v, want the writer's error", err)
	}
	requireOnly(t, path, "old")
	err := files.Replace(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		return err
	})
	if err != nil {
		t.Error(err)
	}
	requireOnly(t, path, "new")
}

// A link such as /dev/stdout stays what it is.
func TestReplaceOfALink(t *testing.T) {
	dir := t.TempDir()
	link, file := filepath.Join(dir, "stdout"), filepath.Join(dir, "file")
	write(t, file, "")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(files.Prepare(link), files.Replace(link, careless)); err != nil {
		t.Error(err)
	}
	if to, err := os.Readlink(link); err != nil || to != file {
		t.Errorf("the link was replaced (%v)", err)
	}
	if content, err := os.ReadFile(file); err != nil || !bytes.Equal(content, make([]byte, 100_000)) {
		t.Errorf("the linked file has %d bytes (%v)", len(content), err)
	}
}

func TestPrepare(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new", "file")
	if err := files.Prepare(path); err != nil {
		t.Error(err)
	}
	write(t, path, "old")
	if err := files.Prepare(path); err != nil {
		t.Error(err)
	}
	requireOnly(t, path, "old")
	for _, bad := range []string{dir, filepath.Join(path, "within")} {
		if err := files.Prepare(bad); err == nil || !strings.Contains(err.Error(), bad+" can't be written") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// requireOnly requires a file with this content, alone in its folder.
func requireOnly(t *testing.T, path, content string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != content {
		t.Errorf("%s holds %q (%v), want %q", path, got, err, content)
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
}
