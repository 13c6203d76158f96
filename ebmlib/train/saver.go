package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/gomlx/gomlx/ml/model"
)

const (
	saveEvery    = time.Minute      // if Run.SaveEvery is 0
	keep         = 2                // if Run.Keep is 0
	tryAgainWait = 10 * time.Second // between two tries of a last save that fails
)

// saver keeps a run on disk while it is trained. What a checkpoint holds is copied between two steps and written in the background. A disk
// that is full, or a directory that has vanished, doesn't end the training: saving is tried again, and told each time.
type saver struct {
	run    *Run
	next   time.Time
	saving chan error // the end of the save under way, nil if there is none
	silent bool       // the metrics couldn't be written, which has been told
}

func newSaver(r *Run) *saver { return &saver{run: r, next: time.Now().Add(r.saveEvery())} }

func (r *Run) saveEvery() time.Duration {
	if r.SaveEvery > 0 {
		return r.SaveEvery
	}
	return saveEvery
}

// step is called after each training step.
func (s *saver) step() {
	if err := s.run.syncMetrics(); err != nil && !s.silent {
		s.silent = true
		s.tell(err)
	} else if err == nil && s.silent {
		s.silent = false
		fmt.Fprintf(os.Stderr, "run %s: its metrics are written again, with all that was missing\n", s.run.Dir)
	}
	if s.saving != nil {
		select {
		case err := <-s.saving:
			s.ended(err)
		default:
			return
		}
	}
	if time.Now().After(s.next) {
		s.begin()
	}
}

// begin begins to save in the background.
func (s *saver) begin() {
	s.saving = make(chan error, 1)
	write, err := s.run.prepare()
	if err != nil {
		s.saving <- err
		return
	}
	go func(saving chan error) { saving <- write() }(s.saving)
}

func (s *saver) ended(err error) {
	s.saving = nil
	s.next = time.Now().Add(s.run.saveEvery())
	if err != nil {
		s.tell(err)
	}
}

func (s *saver) tell(err error) {
	fmt.Fprintf(os.Stderr, "\nRUN %s IS NOT SAVED: %v.\nThe training goes on, and saving is tried again in %v. Make room, or bring the directory "+
		"back; until then all since the last checkpoint is lost if this program ends.\n", s.run.Dir, err, s.run.saveEvery())
}

// wait ends the save under way.
func (s *saver) wait() {
	if s.saving != nil {
		s.ended(<-s.saving)
	}
}

// finish saves the last step. Where that fails it tries again until it is done or a signal ends it.
func (s *saver) finish() error {
	s.wait()
	enough, stop := signal.NotifyContext(context.Background(), endSignals()...)
	defer stop()
	for {
		err := s.run.save()
		if err == nil {
			return nil
		}
		fmt.Fprintf(os.Stderr, "\nRUN %s IS NOT SAVED: %v.\nIts training has ended at step %d, and saving is tried every %v. Make room, or bring the "+
			"directory back; Ctrl-C gives up all since the last checkpoint.\n", s.run.Dir, err, s.run.step, s.run.tryAgain())
		select {
		case <-enough.Done():
			return err
		case <-time.After(s.run.tryAgain()):
		}
	}
}

// endSignals end a training: of Ctrl-C and a notebook's stop button, of a terminal that is closed, and of a batch system. The first two are left
// out where the program was started to ignore them, by nohup or as a shell's background job: asking for them would let them end it after all.
func endSignals() []os.Signal {
	return append(slices.DeleteFunc([]os.Signal{os.Interrupt, syscall.SIGHUP}, signal.Ignored), syscall.SIGTERM)
}

func (r *Run) tryAgain() time.Duration { return min(tryAgainWait, r.saveEvery()) }

// save saves the run as it is, unless it has been.
func (r *Run) save() error {
	write, err := r.prepare()
	if err != nil {
		return err
	}
	return write()
}

// prepare brings the run's other files up to date, copies what a checkpoint holds, and gives what writes that, which may go on beside
// further steps.
func (r *Run) prepare() (write func() error, err error) {
	if r.saved.Load() == int64(r.step) {
		return func() error { return nil }, nil
	}
	if err := r.restore(); err != nil {
		return nil, err
	}
	score := r.score()
	copied, err := ordered(r.store)
	if err != nil {
		return nil, fmt.Errorf("what the checkpoint of step %d holds can't be copied: %w", r.step, err)
	}
	step := r.step
	return func() error { return r.write(copied, step, score) }, nil
}

// score is the run's, or nil; one that can't be had, or isn't finite, is told, and keeps nothing from being saved.
func (r *Run) score() *float64 {
	if r.Score == nil {
		return nil
	}
	value, err := r.Score(r)
	if err == nil && (math.IsNaN(value) || math.IsInf(value, 0)) {
		err = fmt.Errorf("it is %g", value)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "run %s: the checkpoint of step %d has no score: %v\n", r.Dir, r.step, err)
		return nil
	}
	return &value
}

// restore makes the directory, its lock, its configuration and its metrics again, where they have vanished.
func (r *Run) restore() error {
	if err := os.MkdirAll(r.Dir, 0o777); err != nil {
		return err
	}
	if err := r.syncMetrics(); err != nil {
		return err
	}
	if _, err := readRecord(r.Dir); errors.Is(err, os.ErrNotExist) {
		record, err := r.Config.record(r.example)
		if err == nil {
			err = writeRecord(r.Dir, record)
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "run %s: its directory had vanished and is made anew\n", r.Dir)
	}
	return syncPath(r.metrics.path)
}

func (r *Run) write(copied *model.Store, step int, score *float64) error {
	defer copied.Finalize()
	if err := writeCheckpoint(r.Dir, step, copied, score); err != nil {
		return err
	}
	r.saved.Store(int64(step))
	if err := prune(r.Dir, step, r.keep()); err != nil {
		fmt.Fprintf(os.Stderr, "run %s: the checkpoint of step %d is saved, and not all that are no longer kept are removed: %v\n", r.Dir, step, err)
	}
	return nil
}

func (r *Run) keep() int {
	if r.Keep > 0 {
		return r.Keep
	}
	return keep
}
