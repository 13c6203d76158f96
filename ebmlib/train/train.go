package train

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/data"
	"ebm/ebmlib/layers"
)

// Interrupted is the error of a training that Ctrl-C, a notebook's stop button, SIGTERM or SIGHUP ended. Everything is saved.
type Interrupted struct {
	Dir  string
	Step int
}

func (e *Interrupted) Error() string {
	return fmt.Sprintf("training was interrupted after step %d and saved in %s: run the same call again to go on from there", e.Step, e.Dir)
}

// Train trains on the examples of a set or another source until the run has made steps training steps in all: called again, or after an
// interruption, it makes those that are missing. It shows a progress bar in a terminal and a live energy curve in a notebook, and saves a
// checkpoint every minute and at the end. What can't be saved is kept, and tried again.
//
// Errors: [*Interrupted] and [*Diverged]; another process trains the run, or has since it was opened; its metrics are damaged; a training that takes
// more memory than there is; a set that is damaged, holds NaN, lacks the labels of a conditional energy, or has examples of another shape than those
// the run was trained on.
func (r *Run) Train(source data.Source, steps int) error {
	if err := r.ready(source); err != nil {
		return err
	}
	release, err := r.own()
	if err != nil {
		return err
	}
	defer release()
	saver := newSaver(r)
	defer saver.wait()
	if r.step >= steps {
		fmt.Fprintf(os.Stderr, "run %s has made %d steps already\n", r.Dir, r.step)
		return saver.finish() // It is there, unless the call that made the steps could not.
	}
	r.announce()
	if len(r.setbacks) > 0 { // The checkpoint may be from before the last.
		if err := r.setLearningRate(); err != nil {
			return err
		}
	}
	compiled := r.program != nil
	if !compiled { // It is kept for the next call: compiling takes seconds.
		program, err := r.newProgram(source.Info())
		if err != nil {
			return err
		}
		if err := r.announceMemory(source, program); err != nil {
			return err
		}
		r.program = program
	}
	if err := r.noteData(source.Info()); err != nil {
		return err
	}

	// The first signal ends the training after the step under way; a second one ends the program at once, but
	// for saver.finish, which looks at signals only where it can't save.
	running, stop := signal.NotifyContext(context.Background(), endSignals()...)
	defer stop()
	context.AfterFunc(running, stop)
	show := newProgress(r.step, steps, compiled, r.live)
	defer func() { show.close(r.metrics.columns) }()

	feed := newFeed(r.Config, r.program.devices, source)
	defer feed.free()
	for r.step < steps {
		values, err := r.makeStep(feed)
		if err != nil && !r.lost { // Examples that can't be read take nothing of the steps before.
			err = errors.Join(err, saver.finish())
		}
		if err != nil {
			return err
		}
		r.metrics.add(r.step, values)
		norms, err := host(r.norms)
		if err != nil {
			return err
		}
		if found := (patient{r.Config, r.metrics, r.program.weights, norms, volume(r.example)}).diagnose(); found != nil {
			saver.wait()
			if err := r.failed(found, source.Info()); err != nil {
				return errors.Join(err, r.syncMetrics())
			}
		}
		saver.step()
		show.update(r.step, r.metrics.columns)
		if running.Err() != nil {
			break
		}
	}
	if err := saver.finish(); err != nil {
		return err
	}
	if r.step < steps {
		return &Interrupted{r.Dir, r.step}
	}
	return nil
}

// own makes the run this process's to change, until it is released.
func (r *Run) own() (release func(), err error) {
	if r.unmeasured != nil {
		return nil, r.unmeasured
	}
	if r.held, err = r.hold(); err != nil {
		return nil, err
	}
	if err := r.metrics.open(); err != nil {
		r.held.Close()
		return nil, err
	}
	return func() {
		r.metrics.close()
		r.held.Close()
	}, nil
}

// hold locks the run, if what is on disk is the one in memory.
func (r *Run) hold() (*flock.Flock, error) {
	locked, err := lock(r.Dir)
	if err != nil {
		return nil, err
	}
	if err := r.current(); err != nil {
		locked.Close()
		return nil, err
	}
	return locked, nil
}

// syncMetrics writes the metrics that the file lacks. A directory that was made anew has lost the lock, which is taken again first: nothing is
// written into a run that another process has begun there.
func (r *Run) syncMetrics() error {
	if !isAt(r.held, filepath.Join(r.Dir, lockFile)) {
		locked, err := r.hold()
		if err != nil {
			return err
		}
		r.held.Close()
		r.held = locked
	}
	return r.metrics.sync()
}

// current returns an error if the run on disk is not the one in memory.
func (r *Run) current() error {
	steps, err := checkpointSteps(r.Dir)
	if err != nil || len(steps) == 0 {
		return err
	}
	newest := steps[len(steps)-1]
	if newest == r.newest || newest == int(r.saved.Load()) {
		return nil
	}
	return fmt.Errorf("run %s has a checkpoint of step %d that was not there, or not read, when it was opened at step %d: open it again",
		r.Dir, newest, r.step)
}

// ready checks the source against the run and makes the variables of a new run.
func (r *Run) ready(source data.Source) error {
	if err := checkSource(source); err != nil {
		return err
	}
	if r.lost {
		return r.lostError()
	}
	info, c := source.Info(), r.Config
	if c.Classes > 0 && info.Classes == nil {
		return fmt.Errorf("run %s can't train on %s: it has no labels, and the energy is conditioned on those of %d classes: set Classes to 0, or "+
			"take a set with labels", r.Dir, info.Name, c.Classes)
	}
	if set, inMemory := source.(*data.Set); inMemory {
		if err := c.checkLabels(set); err != nil {
			return err
		}
	}
	if !info.Images && len(c.Transitions)+len(c.Augmentation) > 0 {
		return fmt.Errorf("run %s can't train on %s: its configuration has transitions, which are of images, and these are points: "+
			"set Transitions and Augmentation to nil", r.Dir, info.Name)
	}
	if c.BFloat16 && !layers.Multiplies(r.engine.Backend, dtypes.BFloat16) {
		return fmt.Errorf("run %s can't train here: its configuration has BFloat16, which takes the xla engine, and this is %s: "+
			"train on a machine with a GPU, or another run without it", r.Dir, r.engine.Kind)
	}
	if err := r.checkDevices(); err != nil {
		return err
	}
	if err := r.fits(source); err != nil {
		return err
	}
	if r.store == nil {
		return r.initialise(info)
	}
	if !slices.Equal(r.example, info.Shape) {
		return fmt.Errorf("run %s was trained on examples of shape %v, and those of %s have %v: take another run directory",
			r.Dir, r.example, info.Name, info.Shape)
	}
	return nil
}

// makeStep makes a training step and gives its metrics.
func (r *Run) makeStep(feed *feed) ([]float32, error) {
	data, err := feed.step(r.step)
	if err != nil {
		return nil, err
	}
	inputs := append(data, r.Config.choose(r.step)...)
	outputs, err := r.program.step(inputs)
	if err != nil {
		r.lost = true // The engine had the weights and gave none back.
		return nil, fmt.Errorf("training step %d of run %s failed: %w", r.step+1, r.Dir, plain(err))
	}
	r.step++
	for _, used := range inputs[len(data)-1:] { // The rows that the step takes, and what the host chose.
		used.(*tensors.Tensor).FinalizeAll()
	}
	if r.norms != nil {
		r.norms.FinalizeAll()
	}
	r.norms = outputs[1]
	defer outputs[0].FinalizeAll()
	values, err := host(outputs[0])
	r.lost = err != nil // The step has no metrics.
	return values, err
}
