package train

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/data"
)

// saveEvery is the time between two checkpoints while training.
const saveEvery = time.Minute

// Interrupted is the error of a training that Ctrl-C, a notebook's stop button or SIGTERM ended. Everything is saved.
type Interrupted struct {
	Dir  string
	Step int
}

func (e *Interrupted) Error() string {
	return fmt.Sprintf("training was interrupted after step %d and saved in %s: run the same call again to go on from there", e.Step, e.Dir)
}

// Diverged is the error of a training whose energies left all bounds.
type Diverged struct {
	Dir      string
	Step     int    // the step that showed it
	Evidence string // which quantity had which value
	Good     int    // the step of the last good checkpoint, 0 if there is none
}

func (e *Diverged) Error() string {
	last := "there is no checkpoint before it"
	if e.Good > 0 {
		last = fmt.Sprintf("the last good checkpoint is of step %d, and opening the run again goes back to it", e.Good)
	}
	return fmt.Sprintf("training in %s diverged at step %d: %s; %s. The same settings would diverge again: "+
		"train another run, with a smaller learning rate or step size, or with the KL terms", e.Dir, e.Step, e.Evidence, last)
}

// Train trains on the set until the run has made steps training steps in all: called again, or after an interruption, it
// makes those that are missing. It shows a progress bar in a terminal and a live energy curve in a notebook,
// and saves a checkpoint every minute and at the end.
//
// Errors: [*Interrupted] and [*Diverged]; a set that is damaged, holds NaN, or has examples of another shape than those
// the run was trained on; a disk that can't be written to.
func (r *Run) Train(set *data.Set, steps int) error {
	if err := r.ready(set); err != nil {
		return err
	}
	if r.step >= steps {
		fmt.Fprintf(os.Stderr, "run %s has made %d steps already\n", r.Dir, r.step)
		return r.save() // It is there, unless the call that made the steps could not.
	}
	r.announce()
	if r.exec == nil {
		var err error // The compiled step is kept for the next call: compiling takes seconds.
		if r.exec, err = model.NewExec(r.engine.Backend, r.store, r.Config.stepGraph); err != nil {
			return err
		}
	}
	file, err := r.metrics.open()
	if err != nil {
		return err
	}
	defer file.Close()

	// The first signal ends the training after the step under way; a second one ends the program at once.
	running, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(running, stop)
	show := newProgress(r.step, steps, r.live)
	defer func() { show.close(r.metrics.columns) }()

	dataset := set.Tensor()
	defer dataset.FinalizeAll()
	saved := time.Now()
	for r.step < steps {
		values, err := r.makeStep(dataset, set.Len())
		if err != nil {
			return err
		}
		if err := r.metrics.add(file, r.step, values); err != nil {
			r.lost = true // The step is made, and its line is missing.
			return err
		}
		if err := r.checkEnergy(); err != nil {
			return err
		}
		show.update(r.step, r.metrics.columns)

		if running.Err() != nil {
			if err := r.save(); err != nil {
				return err
			}
			return &Interrupted{r.Dir, r.step}
		}
		if time.Since(saved) > saveEvery {
			if err := r.save(); err != nil {
				return err
			}
			saved = time.Now()
		}
	}
	return r.save()
}

// ready checks the set against the run and makes the variables of a new run.
func (r *Run) ready(set *data.Set) error {
	if err := set.Check(); err != nil {
		return err
	}
	if r.lost {
		return r.lostError()
	}
	if r.store == nil {
		return r.initialise(set)
	}
	if !slices.Equal(r.example, set.Shape) {
		return fmt.Errorf("run %s was trained on examples of shape %v, and those of %s have %v: take another run directory",
			r.Dir, r.example, set.Name, set.Shape)
	}
	return nil
}

func (r *Run) makeStep(dataset *tensors.Tensor, examples int) ([]float32, error) {
	inputs := append([]any{dataset}, r.Config.choose(r.step, examples)...)
	outputs, err := r.exec.Call(inputs...)
	if err != nil {
		r.lost = true // The engine had the weights and gave none back.
		return nil, fmt.Errorf("training step %d of run %s failed: %w", r.step+1, r.Dir, err)
	}
	r.step++
	values, err := tensors.CopyFlatData[float32](outputs[0])
	for _, used := range append(inputs[1:], outputs[0]) {
		used.(*tensors.Tensor).FinalizeAll() // The garbage collector doesn't reach into an engine's memory.
	}
	return values, err
}

// checkEnergy looks at the metrics of the last step for divergence.
func (r *Run) checkEnergy() error {
	evidence := ""
	for _, name := range r.metrics.names {
		values := r.metrics.columns[name]
		if last := values[len(values)-1]; math.IsNaN(last) || math.IsInf(last, 0) {
			evidence = fmt.Sprintf("%s is %g", name, last)
			break
		}
	}
	if energies := r.metrics.columns["energy_data"]; evidence == "" && math.Abs(energies[len(energies)-1]) > r.Config.MaxEnergy {
		evidence = fmt.Sprintf("mean E(data) is %g, beyond ±%g", energies[len(energies)-1], r.Config.MaxEnergy)
	}
	if evidence == "" {
		return nil
	}
	r.lost = true
	good := 0
	if steps, err := checkpointSteps(r.Dir); err == nil && len(steps) > 0 {
		good = steps[len(steps)-1]
	}
	return &Diverged{r.Dir, r.step, evidence, good}
}
