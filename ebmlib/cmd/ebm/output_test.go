package main

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// On a full disk a command fails, and the file that it would have replaced is there.
func TestOutputOnAFullDisk(t *testing.T) {
	run, set, dir := conditionalRun(t), writeIDX(t, 60, 8), t.TempDir()
	if err := syscall.Mount("ebm-test", dir, "tmpfs", 0, "size=8k"); err != nil {
		t.Skipf("no disk of 8 kB can be made here: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	old, path := make([]byte, 4096), filepath.Join(dir, "samples.npy")
	if err := os.WriteFile(path, old, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{
		{"sample", run.Dir, "-n", "60", "--steps", "1", "--out", path},
		{"ood", "--run", run.Dir, "--in", set, "--out", set, "--out", set, "--out", set, "--json", path},
	} {
		mustFail(t, 1, []string{path + " can't be written", "no space left"}, arguments...)
		if content, err := os.ReadFile(path); err != nil || !bytes.Equal(content, old) {
			t.Errorf("%s: the old file has %d bytes (%v)", arguments[0], len(content), err)
		}
	}
}
