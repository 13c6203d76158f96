package train

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// A training that fails goes back and on with the smaller rate: from the start, it is the training that has had that rate all along.
func TestGoBackToTheStart(t *testing.T) {
	config, set, dir := tinyPoints(), eightGaussians(), t.TempDir()
	slow := trained(t, t.TempDir(), config, set, 12)

	config.Guard.GoBack, config.Guard.Slower = 1, 1e-12
	config.Adam.LearningRate *= 1e12
	run := mustOpen(t, dir, config)
	said := stderrOf(t, func() { mustTrain(t, run, set, 7) })
	for _, words := range []string{dir, "failed at step", "goes back to step 0", "learning rate 0.003", "setback 1 of 1", setbacksFile} {
		if !strings.Contains(said, words) {
			t.Errorf("standard error doesn't say %q: %s", words, said)
		}
	}
	trained(t, dir, config, set, 9) // Opened again it keeps the smaller rate.
	mustTrain(t, slow, set, 12)
	requireSame(t, trained(t, dir, config, set, 12), slow)

	all, err := readSetbacks(dir)
	if err != nil || len(all) != 1 || all[0].BackTo != 0 || all[0].Step < 1 || all[0].Name == "" || all[0].Evidence == "" {
		t.Errorf("setbacks are %+v (%v)", all, err)
	}
}

// A run that failed may be opened with another guard, which it then has.
func TestAnotherGuard(t *testing.T) {
	config, dir := tinyPoints(), t.TempDir()
	unbroken := trained(t, t.TempDir(), config, eightGaussians(), 4)
	trained(t, dir, config, eightGaussians(), 2)
	config.Guard.GoBack, config.Guard.MaxEnergy = 3, 1e9
	run := trained(t, dir, config, eightGaussians(), 4)
	requireSame(t, run, unbroken)
	loaded, err := Load(dir)
	if err != nil || loaded.Config.Guard != config.Guard {
		t.Errorf("loaded with the guard %+v (%v), want %+v", loaded.Config.Guard, err, config.Guard)
	}
}

// What was read of the metrics stays as it was, for it may be being drawn.
func TestMetricsAfterGoingBack(t *testing.T) {
	m := metrics{names: []string{"loss"}, columns: make(map[string][]float64)}
	for step, loss := range []float32{5, 4, 30} {
		m.add(step+1, []float32{loss})
	}
	drawn := m.columns["loss"]
	if err := m.cut(1); err != nil {
		t.Fatal(err)
	}
	m.add(2, []float32{3})
	if !slices.Equal(drawn, []float64{5, 4, 30}) || !slices.Equal(m.columns["loss"], []float64{5, 3}) {
		t.Errorf("what was read is %v, and the column %v", drawn, m.columns["loss"])
	}
}

// A damaged checkpoint is passed over, as it was when the run was opened.
func TestGoBackPastADamagedCheckpoint(t *testing.T) {
	config, dir := tinyPoints(), t.TempDir()
	config.Guard.GoBack = 1
	mustTrain(t, trained(t, dir, config, eightGaussians(), 3), eightGaussians(), 5)
	writeFile(t, "", checkpointPath(dir, 5), sumsFile)
	run := mustOpen(t, dir, config)
	err := run.Train(far(1e30), 9)
	var diverged *Diverged
	if !errors.As(err, &diverged) || diverged.Good != 3 || diverged.Setbacks != 1 {
		t.Fatalf("error %v, want a Diverged after a setback, whose last good checkpoint is of step 3", err)
	}
	all, err := readSetbacks(dir)
	if err != nil || len(all) != 1 || all[0].BackTo != 3 {
		t.Errorf("setbacks are %+v (%v), want one back to step 3", all, err)
	}
	if again := mustOpen(t, dir, config); again.Step() != 3 {
		t.Errorf("opened at step %d, want 3", again.Step())
	}
}

// It goes back to the last checkpoint, from there a second time to the one before, and ends when it may no more.
func TestGoBackToCheckpoints(t *testing.T) {
	config, dir := tinyPoints(), t.TempDir()
	config.Guard.GoBack = 2
	run := trained(t, dir, config, eightGaussians(), 3)
	mustTrain(t, run, eightGaussians(), 5)
	err := run.Train(far(1e30), 9)
	var diverged *Diverged
	if !errors.As(err, &diverged) {
		t.Fatalf("error %v, want a Diverged", err)
	}
	requireError(t, err, "gone back 2 times")
	all, err := readSetbacks(dir)
	if err != nil || len(all) != 2 || all[0].BackTo != 5 || all[1].BackTo != 3 {
		t.Fatalf("setbacks are %+v (%v), want one back to step 5 and one to 3", all, err)
	}
	rate := config.Adam.LearningRate
	if all[0].LearningRate != rate/2 || all[1].LearningRate != rate/4 {
		t.Errorf("learning rates are %g and %g, want %g halved and halved again", all[0].LearningRate, all[1].LearningRate, rate)
	}
	again := mustOpen(t, dir, config)
	if again.Step() != 3 || len(again.Metrics()["loss"]) != 3 {
		t.Errorf("opened at step %d with %d rows of metrics, want 3", again.Step(), len(again.Metrics()["loss"]))
	}
	mustTrain(t, again, eightGaussians(), 4) // The checkpoint that it goes on from has the first rate.
	if got := tensors.MustCopyFlatData[float32](again.store.GetVariable(ratePath).MustValue())[0]; got != float32(rate/4) {
		t.Errorf("opened again, it goes on with the learning rate %g, want %g", got, rate/4)
	}
	writeFile(t, "nothing\n", dir, setbacksFile)
	_, err = Open(dir, config)
	requireError(t, err, filepath.Join(dir, setbacksFile), "line 1", "restore")
}
