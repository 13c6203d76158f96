package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ebm/ebmlib/internal/untrusted"
)

// Checkpoint is one of a run's checkpoints.
type Checkpoint struct {
	Step  int
	Path  string
	Score *float64 // what Run.Score gave when it was saved; nil if the run had none
}

// Checkpoints lists those of the run in a directory, in ascending order of their steps.
//
// Errors: the directory can't be read, or a score in it.
func Checkpoints(dir string) ([]Checkpoint, error) {
	steps, err := checkpointSteps(dir)
	if err != nil {
		return nil, err
	}
	var all []Checkpoint
	for _, step := range steps {
		c := Checkpoint{Step: step, Path: checkpointPath(dir, step)}
		text, err := untrusted.ReadFile(filepath.Join(c.Path, scoreFile), maxNote)
		if err == nil {
			err = json.Unmarshal(text, &c.Score)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("score of checkpoint %s: %w", c.Path, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// Best is the one of the lowest score.
//
// Errors: those of [Checkpoints]; none has a score.
func Best(dir string) (Checkpoint, error) {
	all, err := Checkpoints(dir)
	if err != nil {
		return Checkpoint{}, err
	}
	best, found := best(all)
	if !found {
		return best, fmt.Errorf("no checkpoint of run %s has a score: train it with Run.Score set (ebm train --best)", dir)
	}
	return best, nil
}

func best(all []Checkpoint) (best Checkpoint, found bool) {
	for _, c := range all {
		if c.Score != nil && (!found || *c.Score < *best.Score) {
			best, found = c, true
		}
	}
	return best, found
}

// prune removes the checkpoints that are not kept, once that of a step is there: all but the last so many and the best. Those of later steps
// go too, being damaged or of a training that has been given up.
func prune(dir string, step, keep int) error {
	all, err := Checkpoints(dir)
	if err != nil {
		return err
	}
	upTo := slices.IndexFunc(all, func(c Checkpoint) bool { return c.Step == step }) + 1
	if upTo == 0 {
		return fmt.Errorf("the checkpoint of step %d is not there, without which none is removed", step)
	}
	if err := os.RemoveAll(checkpointName(dir, step) + replacedSuffix); err != nil {
		return fmt.Errorf("the checkpoint that was replaced can't be removed: %w", err)
	}
	best, scored := best(all[:upTo])
	for i, c := range all {
		if i < upTo && (i >= upTo-keep || scored && c.Step == best.Step) {
			continue
		}
		if err := removeCheckpoint(dir, c.Step); err != nil {
			return fmt.Errorf("an old checkpoint can't be removed: %w", err)
		}
	}
	return nil
}
