package train

import (
	"bytes"
	"errors"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"ebm/ebmlib/samplers"
)

// A signal ends a training after the step it is in, saves it, and costs nothing. It is one that no shell has ignored for what it runs in the background.
func TestInterrupted(t *testing.T) {
	config, set, dir := tinyPoints(), eightGaussians(), t.TempDir()
	run := mustOpen(t, dir, config)
	ended := make(chan struct{})
	go func() { // the signal, once some steps are made.
		for range time.Tick(time.Millisecond) {
			lines, _ := os.ReadFile(filepath.Join(dir, metricsFile))
			if bytes.Count(lines, []byte("\n")) > 2 {
				syscall.Kill(os.Getpid(), syscall.SIGTERM)
				return
			}
			select {
			case <-ended:
				return
			default:
			}
		}
	}()
	err := run.Train(set, math.MaxInt)
	close(ended)

	var interrupted *Interrupted
	if !errors.As(err, &interrupted) {
		t.Fatalf("error %v, want an Interrupted", err)
	}
	requireError(t, err, dir, "saved", "go on")
	if interrupted.Dir != dir || interrupted.Step != run.Step() || run.Step() < 3 {
		t.Errorf("%+v of a run at step %d", interrupted, run.Step())
	}
	requireSame(t, mustOpen(t, dir, config), run)

	steps := run.Step() + 2
	unbroken := trained(t, t.TempDir(), config, set, steps)
	requireSame(t, trained(t, dir, config, set, steps), unbroken)
}

// A training that was started to outlive its terminal goes on when that is closed.
func TestIgnoredSignal(t *testing.T) {
	signal.Ignore(syscall.SIGHUP) // as nohup has it
	defer signal.Reset(syscall.SIGHUP)
	source := &noted{stream: stream{eightGaussians()}, before: func(reading int) {
		if reading == 2 {
			syscall.Kill(os.Getpid(), syscall.SIGHUP)
		}
	}}
	mustTrain(t, mustOpen(t, t.TempDir(), tinyPoints()), source, 3*windowSteps)
	if !signal.Ignored(syscall.SIGHUP) {
		t.Error("the signal is ignored no more")
	}
}

func TestDiverged(t *testing.T) {
	far := eightGaussians()
	for i := range far.Floats {
		far.Floats[i] *= 1e30
	}
	config, dir := tinyPoints(), t.TempDir()
	trained(t, dir, config, eightGaussians(), 2)

	run := mustOpen(t, dir, config)
	err := run.Train(far, 10)
	var diverged *Diverged
	if !errors.As(err, &diverged) {
		t.Fatalf("error %v, want a Diverged", err)
	}
	requireError(t, err, dir, "step 3", diverged.Evidence, "checkpoint is of step 2", "learning rate", "step size")
	if diverged.Dir != dir || diverged.Step != 3 || diverged.Good != 2 || diverged.Evidence == "" {
		t.Errorf("%+v", diverged)
	}
	if energy := run.Metrics()["energy_data"][2]; math.Abs(energy) < 1e20 {
		t.Errorf("E(data) is %g in the metrics, as if it had been bounded", energy)
	}

	// What is in memory is not good for anything more,
	const remedy = "open the run again"
	requireError(t, run.Train(eightGaussians(), 10), dir, remedy)
	_, err = run.Sample(1, 1)
	requireError(t, err, dir, remedy)
	_, err = run.Energies(eightGaussians().Tensor())
	requireError(t, err, dir, remedy)
	_, err = run.Buffer(1)
	requireError(t, err, dir, remedy)

	// and what is on disk is as it was.
	again := mustOpen(t, dir, config)
	if again.Step() != 2 {
		t.Fatalf("opened at step %d, want 2", again.Step())
	}
	mustTrain(t, again, eightGaussians(), 4)
	requireSame(t, again, trained(t, t.TempDir(), config, eightGaussians(), 4))
}

func TestDivergedBySettings(t *testing.T) {
	for name, spoil := range map[string]func(c *Config){
		"learning rate": func(c *Config) { c.Adam.LearningRate = 1e12 },
		"step size":     func(c *Config) { langevin(c, func(l *samplers.Langevin) { l.StepSize = 1e38 }) },
		"bound":         func(c *Config) { c.Guard.MaxEnergy = 1e-6 },
	} {
		t.Run(name, func(t *testing.T) {
			config, dir := tinyPoints(), t.TempDir()
			spoil(&config)
			err := mustOpen(t, dir, config).Train(eightGaussians(), 50)
			var diverged *Diverged
			if !errors.As(err, &diverged) {
				t.Fatalf("error %v, want a Diverged", err)
			}
			requireError(t, err, dir, diverged.Evidence, "no checkpoint before it")
			if run := mustOpen(t, dir, config); run.Step() != 0 {
				t.Errorf("opened at step %d, want 0", run.Step())
			}
		})
	}
}
