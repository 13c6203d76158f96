package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/data"
)

// Diverged is the error of a training that has failed.
type Diverged struct {
	Dir  string
	Step int // the step that showed it
	Diagnosis
	Good     int // the step of the last good checkpoint, 0 if the run was at its start
	Setbacks int // how many times it had gone back before
}

func (e *Diverged) Error() string {
	last := "there is no checkpoint before it"
	if e.Good > 0 {
		last = fmt.Sprintf("the last good checkpoint is of step %d, and opening the run again goes back to it", e.Good)
	}
	before := ""
	if e.Setbacks > 0 {
		before = fmt.Sprintf(", after it had gone back %d times", e.Setbacks)
	}
	return fmt.Sprintf("training in %s failed at step %d%s: %s: %s; %s. The same settings would fail again: in another run, %s (Guard.GoBack goes back "+
		"by itself, with a smaller learning rate)", e.Dir, e.Step, before, e.Name, e.Evidence, last, e.Advice)
}

const setbacksFile = "setbacks.jsonl"

// setback is a line of setbacks.jsonl: a failure after which the training went back and on.
type setback struct {
	Step int `json:"step"` // that failed
	Diagnosis
	BackTo       int     `json:"back_to"`       // the step of the checkpoint that it went back to
	LearningRate float64 `json:"learning_rate"` // from there on
}

func readSetbacks(dir string) ([]setback, error) {
	all, err := readLines[setback](filepath.Join(dir, setbacksFile), "restore the file, or remove it to go on with the configuration's learning rate")
	if err != nil {
		return nil, fmt.Errorf("setbacks of run %s: %w", dir, err)
	}
	return all, nil
}

// learningRate is the one in force: the configuration's, or a smaller one since a setback.
func (r *Run) learningRate() float64 {
	if len(r.setbacks) > 0 {
		return r.setbacks[len(r.setbacks)-1].LearningRate
	}
	return r.Config.Adam.LearningRate
}

// failed ends the training with a diagnosis, or goes back to the last good checkpoint if that may be done once more.
func (r *Run) failed(found *Diagnosis, info data.Info) error {
	good, err := r.good()
	if err != nil {
		return err
	}
	if len(r.setbacks) >= r.Config.Guard.GoBack {
		r.lost = true
		return &Diverged{r.Dir, r.step, *found, good, len(r.setbacks)}
	}
	// Twice from the same checkpoint: it is perhaps no good itself.
	if n := len(r.setbacks); n > 0 && good > 0 && r.setbacks[n-1].BackTo == good {
		if err := removeCheckpoint(r.Dir, good); err != nil {
			return fmt.Errorf("the checkpoint of step %d, from which the training failed twice, can't be removed: %w", good, err)
		}
		if good, err = r.good(); err != nil {
			return err
		}
	}
	s := setback{r.step, *found, good, r.learningRate() * r.Config.Guard.Slower}
	if err := r.goBack(s, info); err != nil {
		r.lost = true
		return fmt.Errorf("training in %s failed at step %d (%s: %s), and going back to step %d failed too: %w",
			r.Dir, s.Step, found.Name, found.Evidence, good, err)
	}
	fmt.Fprintf(os.Stderr, "\nrun %s failed at step %d: %s: %s. It goes back to step %d and on with the learning rate %g (setback %d of %d; see %s)\n",
		r.Dir, s.Step, found.Name, found.Evidence, s.BackTo, s.LearningRate, len(r.setbacks), r.Config.Guard.GoBack,
		filepath.Join(r.Dir, setbacksFile))
	return nil
}

// good is the step of the last good checkpoint, 0 if there is none. Damaged ones, and those of later steps, are what opening the run passed over.
func (r *Run) good() (int, error) {
	store, step, _, err := newestWhole(r.Dir, r.step)
	if store != nil {
		store.Finalize()
	}
	return step, err
}

// goBack puts the run where a setback leaves it.
func (r *Run) goBack(s setback, info data.Info) error {
	store, err := loadCheckpoint(r.Dir, s.BackTo)
	if s.BackTo == 0 && errors.Is(err, fs.ErrNotExist) {
		store, err = r.variables(info)
	}
	if err != nil {
		return err
	}
	defer store.Finalize()
	all := append(slices.Clone(r.setbacks), s)
	if err := writeLines(filepath.Join(r.Dir, setbacksFile), all); err != nil {
		return fmt.Errorf("setbacks of run %s can't be written: %w", r.Dir, err)
	}
	// The values go into the variables that the compiled step has.
	for variable := range r.store.IterVariables() {
		value := tensors.FromShape(variable.Shape()) // The optimiser's are zeros at the start.
		if there := store.GetVariable(variable.Path()); there != nil {
			if value, err = there.MustValue().LocalClone(); err != nil {
				return err
			}
		}
		if err := variable.SetValue(value); err != nil {
			return err
		}
	}
	r.setbacks, r.step = all, s.BackTo
	r.saved.Store(none) // The next checkpoint has the new learning rate.
	if err := r.metrics.cut(s.BackTo); err != nil {
		return err
	}
	return r.setLearningRate()
}

// setLearningRate gives the optimiser the rate in force.
func (r *Run) setLearningRate() error {
	variable := r.store.GetVariable(ratePath)
	if variable == nil {
		return create(r.store, ratePath, tensors.FromValue(float32(r.learningRate())))
	}
	return variable.SetValue(tensors.FromValue(float32(r.learningRate())))
}
