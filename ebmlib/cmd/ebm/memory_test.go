package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTrainSaysHowMuchMemoryItTakes(t *testing.T) {
	if _, err := os.Stat("/proc/meminfo"); err != nil {
		t.Skipf("how much memory there is isn't known here: %v", err)
	}
	output, err := ebm("train", filepath.Join(t.TempDir(), "run"), "--preset", "points", "--set", "moons", "--steps", "1").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	requireWords(t, string(output), "memory: about", "that this machine has for it", "within a step")
}
