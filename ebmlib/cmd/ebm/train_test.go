package main

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebm/ebmlib/data"
)

// Every preset makes sense, and is trained on a set that there is.
func TestPresets(t *testing.T) {
	dir := t.TempDir()
	for _, name := range presetNames() {
		p := presets[name]
		if err := p.config().Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if p.set == "mnist" || p.set == "" {
			continue // it would be downloaded, or must be named
		}
		_, source, err := trainOptions{preset: name, split: "train", directory: dir}.prepare()
		if err != nil {
			requireWords(t, err.Error(), dir) // Its files are not in the empty directory.
		} else if info := source.Info(); name != "points" && name != "paper-objects" {
			t.Errorf("%s is trained on %+v", name, info)
		}
	}
}

func TestConditionalTraining(t *testing.T) {
	for _, c := range []struct {
		options trainOptions
		classes int
		words   []string
	}{
		{trainOptions{set: "shapes@16", attribute: "colour"}, 6, []string{"50000 examples", "6 classes", "as they are needed", "conditioned"}},
		{trainOptions{set: "shapes@16", attribute: "x", conditional: true}, 3, []string{"3 classes", "conditioned"}},
		{trainOptions{set: "shapes@16"}, 0, []string{"[3 16 16]", "as they are needed"}},
	} {
		c.options.preset, c.options.split = "paper-objects", "train"
		config, source, err := c.options.prepare()
		if err != nil {
			t.Fatal(err)
		}
		if config.Classes != c.classes || len(source.Info().Classes) != c.classes {
			t.Errorf("%+v: conditioned on %d classes of %q", c.options, config.Classes, source.Info().Classes)
		}
		requireWords(t, describe(source, config.Classes > 0), c.words...)
	}

	set := writeCIFAR10(t)
	config, source, err := trainOptions{preset: "paper-cifar10", split: "train", directory: set, conditional: true}.prepare()
	if err != nil {
		t.Fatal(err)
	}
	if config.Classes != 10 {
		t.Errorf("CIFAR-10: conditioned on %d classes", config.Classes)
	}
	requireWords(t, describe(source, true), "CIFAR-10 train: 1 examples of shape [3 32 32] in 10 classes", "in memory; the energy is conditioned")
}

// The precision is the run's, and refused where there is no such, on engines as well as at all.
func TestTrainingPrecision(t *testing.T) {
	for precision, want := range map[string]bool{"float32": false, "bfloat16": true} {
		config, _, err := trainOptions{preset: "points", split: "train", precision: precision}.prepare()
		if err != nil || config.BFloat16 != want {
			t.Errorf("%s: BFloat16 is %t, %v", precision, config.BFloat16, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "run")
	mustFail(t, 1, []string{`--precision is "float16"`, "bfloat16"}, "train", dir, "--preset", "points", "--precision", "float16")
	t.Setenv("GOMLX_BACKEND", "go")
	mustFail(t, 1, []string{"BFloat16", "xla", "this is go"}, "train", dir, "--preset", "points", "--precision", "bfloat16", "--steps", "1")
}

// writeCIFAR10 writes a data directory with one image of CIFAR-10.
func writeCIFAR10(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "data_batch_1.bin"), make([]byte, 3073), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestCorruptImages(t *testing.T) {
	dir := t.TempDir()
	folder, run := filepath.Join(dir, "pictures"), filepath.Join(dir, "run")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(folder, "b.png")
	for path, content := range map[string][]byte{filepath.Join(folder, "a.png"): picture.Bytes(), broken: picture.Bytes()[:40]} {
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	set := "folder:" + folder + "@4"
	mustFail(t, 1, []string{broken}, "train", run, "--set", set, "--steps", "1")
	output := mustRun(t, "train", run, "--set", set, "--steps", "1", "--skip-corrupt")
	requireWords(t, output, "pictures: 2 examples of shape [3 4 4]", "pictures: 2 images [3 4 4], 1 corrupt so far", broken, "1 steps")
	if strings.Contains(output, "a.png") {
		t.Errorf("a sound image is called corrupt:\n%s", output)
	}

	// What was trained on them is told from them too, and measured beside them.
	mustFail(t, 1, []string{broken}, "ood", "--run", run, "--in", set, "--out", "uniform")
	output = mustRun(t, "ood", "--run", run, "--in", set, "--out", "interpolations", "--out", "uniform", "--skip-corrupt")
	requireWords(t, output, "pictures: 2 images [3 4 4], 1 corrupt so far", broken)
	mustFail(t, 1, []string{"--skip-corrupt", "moons, rings", "leave it away"}, "ood", "--run", run, "--in", "moons", "--out", "rings", "--skip-corrupt")
	mustFail(t, 1, []string{"--skip-corrupt", "moons", "leave it away"}, "eval", run, "--set", "moons", "--skip-corrupt")
	training, heldOut, err := evalOptions{set: set, skipCorrupt: true}.trainingAndHeldOut()
	if err != nil {
		t.Fatal(err)
	}
	for _, half := range []data.Source{training, heldOut} { // One of them is the broken image.
		if _, err := readExamples(half, []int{0}); err != nil {
			t.Error(err)
		}
	}
}
