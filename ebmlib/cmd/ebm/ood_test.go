package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebm/ebmlib/data"
	"ebm/ebmlib/metrics"
	"ebm/ebmlib/train"
)

// The command prints and writes what the library gives for the same files.
func TestOOD(t *testing.T) {
	run, dir := conditionalRun(t), t.TempDir()
	write := func(name string, n int, value func(i int) uint8) *data.Set {
		set := &data.Set{Name: name, Shape: []int{1, 8, 8}}
		for i := range n * 64 {
			set.Bytes = append(set.Bytes, value(i))
		}
		if err := data.WriteIDX(filepath.Join(dir, name), []int{n, 8, 8}, set.Bytes); err != nil {
			t.Fatal(err)
		}
		return set
	}
	own := write("own", 12, func(i int) uint8 { return uint8(i * i / 64) })
	foreign := write("foreign", 9, func(i int) uint8 { return uint8(200 + i/64) })

	out := filepath.Join(dir, "ood.json")
	printed := mustRun(t, "ood", "--run", run.Dir, "--in", filepath.Join(dir, "own"), "--out", filepath.Join(dir, "foreign"), "--out", "uniform",
		"--out", "interpolations", "-n", "10", "--json", out)
	requireWords(t, printed, "step 1", "own", "(10 examples)", "foreign", "uniform noise", "interpolations", "AUROC", "95%")

	var got oodResult
	text, err := os.ReadFile(out)
	if err == nil {
		err = json.Unmarshal(text, &got)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got.InCount != 10 || len(got.Scores) != 10 || len(got.Against) != 3 || got.Against[0].OutCount != 9 || got.Against[1].OutCount != 10 {
		t.Fatalf("%+v", got)
	}
	ownScores, foreignScores := scoresOf(t, run, own, 10), scoresOf(t, run, foreign, 9)
	area, err := metrics.AUROC(ownScores, foreignScores)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got.Against[0].AUROC-area.Value) > 1e-9 || got.Against[0].Low != area.Low || got.Against[0].High != area.High {
		t.Errorf("area %+v, want %+v", got.Against[0], area)
	}
	mustFail(t, 1, []string{"--run, --in and --out"}, "ood", "--run", run.Dir)
	file := filepath.Join(dir, "own")
	mustFail(t, 1, []string{"--count is -3"}, "ood", "--run", run.Dir, "--in", file, "--out", file, "-n", "-3")
	mustFail(t, 1, []string{run.Dir, "--run RUN"}, "ood", run.Dir, "--in", file, "--out", file)
	for word, arguments := range map[string][]string{
		"no data set is named":          {"--out", file, "--out", "nowhere"},
		"the shape [2]":                 {"--out", file, "--out", "moons"},
		`has no split "valid"`:          {"--out", file, "--out", "moons:valid"},
		filepath.Join(file, "ood.json"): {"--out", file, "--json", filepath.Join(file, "ood.json")},
	} {
		output, err := ebm(append([]string{"ood", "--run", run.Dir, "--in", file}, arguments...)...).CombinedOutput()
		if err == nil || strings.Contains(string(output), "AUROC") {
			t.Errorf("%v is told after work is done:\n%s", arguments, output)
		}
		requireWords(t, string(output), word)
	}
	mustFail(t, 1, []string{"no data set is named", "nowhere"}, "ood", "--run", run.Dir, "--in", "nowhere", "--out", "uniform")
	mustFail(t, 1, []string{"shape [2]", run.Dir}, "ood", "--run", run.Dir, "--in", "moons", "--out", "moons")
}

func scoresOf(t *testing.T, run *train.Run, set *data.Set, n int) []float64 {
	t.Helper()
	scores, err := run.Scores(set, n)
	if err != nil {
		t.Fatal(err)
	}
	return scores
}

// With --best the checkpoint of the lowest score is there besides the last.
func TestBest(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	mustRun(t, "train", dir, "--set", images(t), "--preset", "digits", "--steps", "1", "--best", "--keep", "1")
	mustRun(t, "train", dir, "--set", images(t), "--preset", "digits", "--steps", "2", "--best", "--keep", "1")
	best, err := train.Best(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "samples.png")
	printed := mustRun(t, "sample", dir, "--at", "best", "--steps", "1", "--out", out)
	if best.Step == 1 {
		requireWords(t, printed, "step 1")
	} else {
		requireWords(t, printed, "step 2")
	}
	mustFail(t, 1, []string{"no checkpoint of step 7"}, "sample", dir, "--at", "7", "--out", out)
	mustFail(t, 1, []string{`--at is "last"`}, "sample", dir, "--at", "last", "--out", out)
}
