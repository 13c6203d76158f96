package main

import (
	"bytes"
	"errors"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/tensors/numpy"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
)

// TestMain makes the test program be the command when a test starts it as that.
func TestMain(m *testing.M) {
	if os.Getenv("BE_EBM") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// ebm is the command with these arguments, on the engine that starts fastest.
func ebm(arguments ...string) *exec.Cmd {
	program := exec.Command(os.Args[0], arguments...)
	program.Env = append(os.Environ(), "BE_EBM=1", backends.Variable+"=go")
	return program
}

// mustRun returns what the command prints.
func mustRun(t *testing.T, arguments ...string) string {
	t.Helper()
	command := ebm(arguments...)
	var messages bytes.Buffer
	command.Stderr = &messages
	output, err := command.Output()
	if err != nil {
		t.Fatalf("ebm %s: %v\n%s", strings.Join(arguments, " "), err, &messages)
	}
	return string(output)
}

// mustFail runs the command, which must end with the status and an error that says each of the words.
func mustFail(t *testing.T, status int, words []string, arguments ...string) {
	t.Helper()
	output, err := ebm(arguments...).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != status {
		t.Errorf("ebm %s ended with %v, want exit status %d", strings.Join(arguments, " "), err, status)
	}
	requireWords(t, string(output), words...)
	if strings.Contains(string(output), "goroutine") {
		t.Errorf("ebm %s panicked:\n%s", strings.Join(arguments, " "), output)
	}
}

func requireWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q doesn't say %q", text, word)
		}
	}
}

// images writes an IDX file of 70 images, small enough that a step takes no time.
func images(t *testing.T) string { return writeIDX(t, 70, 4) }

// writeIDX writes an IDX file of n images of side x side pixels.
func writeIDX(t *testing.T, n, side int) string {
	t.Helper()
	values := make([]uint8, n*side*side)
	for i := range values {
		values[i] = uint8(i * i)
	}
	path := filepath.Join(t.TempDir(), "images.idx")
	if err := data.WriteIDX(path, []int{n, side, side}, values); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTrainResumeSample(t *testing.T) {
	set, dir := images(t), t.TempDir()
	run := filepath.Join(dir, "run")

	requireWords(t, mustRun(t, "train", run, "--set", set, "--steps", "1"), "images.idx", "70 examples of shape [1 4 4], 0.0 MB in memory", run, "1 steps")
	requireWords(t, mustRun(t, "train", run, "--set", set, "--steps", "2"), run, "2 steps", "E(data)", "E(samples)")
	lines, err := os.ReadFile(filepath.Join(run, "metrics.jsonl"))
	if err != nil || bytes.Count(lines, []byte("\n")) != 2 {
		t.Errorf("metrics are %q (%v), want two lines", lines, err)
	}

	numbers := filepath.Join(dir, "samples.npy")
	requireWords(t, mustRun(t, "sample", run, "--out", numbers, "-n", "3", "--steps", "2"), "3 samples", "step 2", "2 chain steps", numbers)
	samples, err := numpy.FromNpyFile(numbers)
	if err != nil {
		t.Fatal(err)
	}
	if got := samples.Shape().String(); got != "(Float32)[3, 1, 4, 4]" {
		t.Errorf("samples of shape %s", got)
	}

	picture := filepath.Join(dir, "samples.png")
	mustRun(t, "sample", run, "--out", picture, "-n", "3", "--steps", "2", "--columns", "2")
	requirePicture(t, picture)

	mustFail(t, 1, []string{run, "another configuration", "seed: there 0, asked for 7"}, "train", run, "--set", set, "--seed", "7")
}

func TestPoints(t *testing.T) {
	dir := t.TempDir()
	run := filepath.Join(dir, "run")
	requireWords(t, mustRun(t, "train", run, "--preset", "points", "--set", "moons", "--steps", "2"), "moons", "[2]", "2 steps")
	picture := filepath.Join(dir, "samples.png")
	mustRun(t, "sample", run, "--out", picture, "-n", "10", "--steps", "3")
	requirePicture(t, picture)
	mustFail(t, 1, []string{run, "2 devices", "xla", "this is go"}, "train", run, "--preset", "points", "--set", "moons", "--steps", "3", "--devices", "2")
}

func requirePicture(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := png.Decode(file); err != nil {
		t.Errorf("%s: %v", path, err)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	run, nowhere := filepath.Join(dir, "run"), filepath.Join(dir, "nowhere")
	cut := filepath.Join(dir, "cut.idx")
	if err := os.WriteFile(cut, []byte{0, 0, 8, 3, 0, 0, 0, 9, 0, 0, 0, 4, 0, 0, 0, 4, 1, 2, 3}, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		arguments []string
		words     []string
	}{
		{"unknown preset", []string{"train", run, "--preset", "huge"}, []string{`"huge"`, "digits, paper-celeba", "paper-mnist", "points"}},
		{"unknown set", []string{"train", run, "--set", "nonesuch"}, []string{`"nonesuch"`, "nor is it a file", "eight-gaussians", "cifar10"}},
		{"unknown split", []string{"train", run, "--set", "moons", "--split", "val"}, []string{"moons", `"val"`, `"train" "test"`}},
		{"truncated set", []string{"train", run, "--set", cut}, []string{cut, "truncated"}},
		{"set of a preset missing", []string{"train", run, "--preset", "paper-cifar10", "--data", dir}, []string{"CIFAR-10", "cs.toronto.edu", dir}},
		{"preset without a set", []string{"train", run, "--preset", "paper-imagenet128"}, []string{"--set folder:PATH@128"}},
		{"no classes", []string{"train", run, "--set", "moons", "--conditional"}, []string{"moons", "no classes", "--attribute"}},
		{"points for images", []string{"train", run, "--set", "moons"}, []string{"moons are points: take --preset points"}},
		{"images for points", []string{"train", run, "--preset", "points", "--set", "shapes@16"}, []string{"--preset points", "shapes@16 are images"}},
		{"unknown attribute", []string{"train", run, "--set", "shapes@16", "--attribute", "weight"}, []string{`"weight"`, "shape, colour"}},
		{"nothing to skip", []string{"train", run, "--set", "moons", "--skip-corrupt"}, []string{"--skip-corrupt", "moons", "leave it away"}},
		{"no steps", []string{"train", run, "--steps", "0"}, []string{"--steps is 0", "at least 1"}},
		{"no run named", []string{"train"}, []string{"RUN", "ebm train"}},
		{"empty run", []string{"train", ""}, []string{"RUN is empty", "ebm train"}},
		{"empty run to sample", []string{"sample", ""}, []string{"RUN is empty", "ebm sample"}},
		{"back a negative number of times", []string{"train", run, "--go-back", "-2"}, []string{"--go-back is -2"}},
		{"no run to sample", []string{"sample"}, []string{"RUN", "ebm sample"}},
		{"unknown command", []string{"paint"}, []string{"paint"}},
		{"missing run", []string{"sample", nowhere}, []string{nowhere, "no run"}},
		{"wrong extension", []string{"sample", nowhere, "--out", "samples.gif"}, []string{`"samples.gif"`, ".png", ".npy"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			mustFail(t, 1, append(test.words, "ebm: "), test.arguments...)
			for _, path := range []string{run, nowhere} {
				if _, err := os.Stat(path); !os.IsNotExist(err) {
					t.Errorf("%s was made (%v)", path, err)
				}
			}
		})
	}
}

func TestSampleErrors(t *testing.T) {
	set, dir := images(t), t.TempDir()
	run, file := filepath.Join(dir, "run"), filepath.Join(dir, "file")
	mustRun(t, "train", run, "--set", set, "--steps", "1")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "sample", run, "-n", "1", "--steps", "1", "--columns", "100000000000", "--out", filepath.Join(dir, "a.png"))
	mustFail(t, 1, []string{"Count is 0"}, "sample", run, "-n", "0", "--out", filepath.Join(dir, "a.png"))
	mustFail(t, 1, []string{"Steps is -3"}, "sample", run, "--steps", "-3", "--out", filepath.Join(dir, "a.png"))
	mustFail(t, 1, []string{"column"}, "sample", run, "-n", "1", "--steps", "1", "--columns", "0", "--out", filepath.Join(dir, "a.png"))
	for _, name := range []string{"a.png", "a.npy"} {
		path := filepath.Join(file, name)
		mustFail(t, 1, []string{path}, "sample", run, "-n", "1", "--steps", "1", "--out", path)
	}
}

func TestInterrupt(t *testing.T) {
	set, run := images(t), filepath.Join(t.TempDir(), "run")
	command := ebm("train", run, "--set", set, "--steps", "1000000")
	var messages bytes.Buffer
	command.Stderr = &messages
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.After(time.Minute)
	for begun := false; !begun; {
		select {
		case <-limit:
			command.Process.Kill()
			t.Fatalf("no step in a minute:\n%s", &messages)
		case <-time.After(5 * time.Millisecond):
			lines, _ := os.ReadFile(filepath.Join(run, "metrics.jsonl"))
			begun = len(lines) > 0
		}
	}
	command.Process.Signal(syscall.SIGTERM)
	err := command.Wait()
	if code := command.ProcessState.ExitCode(); code != 130 {
		t.Errorf("%v, want exit status 130\n%s", err, &messages)
	}
	requireWords(t, messages.String(), "interrupted after step", run, "go on")
	if strings.ContainsAny(messages.String(), "\r\x1b") {
		t.Errorf("a progress bar where there is no terminal: %q", &messages)
	}
	saved, err := filepath.Glob(filepath.Join(run, "checkpoints", "step-*"))
	if err != nil || len(saved) != 1 {
		t.Errorf("checkpoints %v (%v), want one", saved, err)
	}
}
