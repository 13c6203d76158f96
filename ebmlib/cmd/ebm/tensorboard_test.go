package main

import (
	"path/filepath"
	"testing"
)

func TestTensorBoard(t *testing.T) {
	run, out := filepath.Join(t.TempDir(), "moons"), filepath.Join(t.TempDir(), "events")
	mustRun(t, "train", run, "--preset", "points", "--set", "moons", "--steps", "1")
	for folder, arguments := range map[string][]string{
		filepath.Join(run, "tensorboard"): {"tensorboard", run},
		out:                               {"tensorboard", run, "--out", out},
	} {
		requireWords(t, mustRun(t, arguments...), run, "1 steps", "tensorboard --logdir "+folder)
		files, err := filepath.Glob(filepath.Join(folder, "events.out.tfevents.*.moons"))
		if err != nil || len(files) != 1 {
			t.Errorf("event files %q (%v)", files, err)
		}
	}
	mustFail(t, 1, []string{out, "no run"}, "tensorboard", out)
}
