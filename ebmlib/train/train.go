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

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/data"
	"ebm/ebmlib/layers"
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

// Train trains on the examples of a set or another source until the run has made steps training steps in all: called again, or after an interruption, it
// makes those that are missing. It shows a progress bar in a terminal and a live energy curve in a notebook,
// and saves a checkpoint every minute and at the end.
//
// Errors: [*Interrupted] and [*Diverged]; a training that takes more memory than there is; a set that is damaged, holds NaN, lacks the labels
// of a conditional energy, or has examples of another shape than those the run was trained on; a disk that can't be written to.
func (r *Run) Train(source data.Source, steps int) error {
	if err := r.ready(source); err != nil {
		return err
	}
	if r.step >= steps {
		fmt.Fprintf(os.Stderr, "run %s has made %d steps already\n", r.Dir, r.step)
		return r.save() // It is there, unless the call that made the steps could not.
	}
	r.announce()
	compiled := r.program != nil
	if !compiled { // It is kept for the next call: compiling takes seconds.
		nodes, err := r.energyNodes(source.Info())
		if err != nil {
			return err
		}
		program := newProgram(r.Config, r.engine, r.store, nodes)
		if err := r.announceMemory(source, program); err != nil {
			return err
		}
		r.program = program
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
	show := newProgress(r.step, steps, compiled, r.live)
	defer func() { show.close(r.metrics.columns) }()

	feed := newFeed(r.Config, source)
	defer feed.free()
	saved := time.Now()
	for r.step < steps {
		values, err := r.makeStep(feed)
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

// ready checks the source against the run and makes the variables of a new run.
func (r *Run) ready(source data.Source) error {
	if set, inMemory := source.(*data.Set); inMemory {
		if err := set.Check(); err != nil {
			return err
		}
	}
	if r.lost {
		return r.lostError()
	}
	info, c := source.Info(), r.Config
	if c.Classes > 0 && info.Classes == nil {
		return fmt.Errorf("run %s can't train on %s: it has no labels, and the energy is conditioned on those of %d classes: set Classes to 0, or "+
			"take a set with labels", r.Dir, info.Name, c.Classes)
	}
	if !info.Images && len(c.Transitions)+len(c.Augmentation) > 0 {
		return fmt.Errorf("run %s can't train on %s: its configuration has transitions, which are of images, and these are points: "+
			"set Transitions and Augmentation to nil", r.Dir, info.Name)
	}
	if c.BFloat16 && !layers.Multiplies(r.engine.Backend, dtypes.BFloat16) {
		return fmt.Errorf("run %s can't train here: its configuration has BFloat16, which takes the xla engine, and this is %s: "+
			"train on a machine with a GPU, or another run without it", r.Dir, r.engine.Kind)
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

func (r *Run) makeStep(feed *feed) ([]float32, error) {
	data, err := feed.step(r.step)
	if err != nil {
		return nil, err
	}
	inputs := append(data, r.Config.choose(r.step)...)
	metrics, err := r.program.step(inputs)
	if err != nil {
		r.lost = true // The engine had the weights and gave none back.
		return nil, fmt.Errorf("training step %d of run %s failed: %w", r.step+1, r.Dir, err)
	}
	r.step++
	defer metrics.FinalizeAll()
	for _, used := range inputs[len(data)-1:] { // The rows that the step takes, and what the host chose.
		used.(*tensors.Tensor).FinalizeAll()
	}
	return tensors.CopyFlatData[float32](metrics)
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
