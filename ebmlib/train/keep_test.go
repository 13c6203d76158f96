package train

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The last checkpoints are kept, and the best.
func TestKeep(t *testing.T) {
	config, set, dir := tinyPoints(), eightGaussians(), t.TempDir()
	scores := []float64{5, 3, 7, 4, 6, 8}
	run := mustOpen(t, dir, config)
	run.Keep = 3
	run.Score = func(r *Run) (float64, error) { return scores[r.Step()-1], nil }
	var second *Run
	for steps := 1; steps <= len(scores); steps++ {
		mustTrain(t, run, set, steps)
		if steps == 2 {
			copied := t.TempDir()
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			second = mustOpen(t, copied, config)
		}
	}
	all, err := Checkpoints(dir)
	if err != nil {
		t.Fatal(err)
	}
	var steps []int
	for _, c := range all {
		steps = append(steps, c.Step)
		if c.Score == nil || *c.Score != scores[c.Step-1] {
			t.Errorf("the checkpoint of step %d has the score %v, want %g", c.Step, c.Score, scores[c.Step-1])
		}
	}
	if len(steps) != 4 || steps[0] != 2 || steps[1] != 4 || steps[3] != 6 {
		t.Errorf("checkpoints of steps %v, want the best, 2, and the last 3: 4, 5, 6", steps)
	}
	best, err := Best(dir)
	if err != nil || best.Step != 2 {
		t.Fatalf("the best is of step %d (%v), want 2", best.Step, err)
	}
	at, err := LoadAt(dir, best.Step)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range variables(t, second) {
		if !variables(t, at)[path].Equal(want) {
			t.Errorf("variable %s is not that of step 2", path)
		}
	}
	if rows := len(at.Metrics()["loss"]); at.Step() != 2 || rows != 2 {
		t.Errorf("loaded at step %d with %d rows of metrics, want 2", at.Step(), rows)
	}
	_, err = LoadAt(dir, 3)
	requireError(t, err, dir, "no checkpoint of step 3", "[2 4 5 6]")
	requireError(t, at.Train(set, 9), dir, "step 6", "step 2", "open it again") // It would overwrite what came after.
}

// A checkpoint that was saved counts though the old ones can't be removed.
func TestOldCheckpointsCantBeRemoved(t *testing.T) {
	dir := t.TempDir()
	run := trained(t, dir, tinyPoints(), eightGaussians(), 1)
	writeFile(t, "no number", checkpointPath(dir, 1), scoreFile)
	said := stderrOf(t, func() { mustTrain(t, run, eightGaussians(), 2) })
	if strings.Contains(said, "NOT SAVED") || !strings.Contains(said, "step 2 is saved") || !strings.Contains(said, checkpointPath(dir, 1)) {
		t.Errorf("standard error doesn't say what is saved and what can't be removed: %s", said)
	}

	if err := os.Remove(filepath.Join(checkpointPath(dir, 1), scoreFile)); err != nil {
		t.Fatal(err)
	}
	before := contents(t, dir)
	requireError(t, prune(dir, 3, 1), "step 3 is not there")
	requireContents(t, dir, before)
}

// A score that can't be had is told, and the checkpoint is saved without.
func TestBadScore(t *testing.T) {
	dir := t.TempDir()
	run := mustOpen(t, dir, tinyPoints())
	for step, score := range []func(*Run) (float64, error){
		func(*Run) (float64, error) { return math.NaN(), nil },
		func(*Run) (float64, error) { return 0, errors.New("no such classifier") },
	} {
		run.Score = score
		said := stderrOf(t, func() { mustTrain(t, run, eightGaussians(), step+1) })
		if want := []string{"NaN", "no such classifier"}[step]; !strings.Contains(said, want) || !strings.Contains(said, "no score") {
			t.Errorf("standard error doesn't say %q: %s", want, said)
		}
	}
	_, err := Best(dir)
	requireError(t, err, dir, "Score", "--best")
	requireSame(t, mustOpen(t, dir, tinyPoints()), run)
}
