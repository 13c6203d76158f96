package train

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/data"
)

func TestResumedEqualsUnbroken(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, test := range []struct {
			name   string
			config Config
			set    data.Source
		}{
			{"points", tinyPoints(), eightGaussians()},
			{"images", tinyImages(), pictures()},
			{"the whole method", tinyMethod(), colourPictures()},
		} {
			t.Run(test.name, func(t *testing.T) {
				unbroken := trained(t, t.TempDir(), test.config, test.set, 6)

				dir := t.TempDir()
				first := trained(t, dir, test.config, test.set, 2)
				mustTrain(t, first, test.set, 3)          // In the same process,
				trained(t, dir, test.config, test.set, 5) // opened anew,
				loaded, err := Load(dir)                  // and opened with the configuration that it has.
				if err != nil {
					t.Fatal(err)
				}
				mustTrain(t, loaded, test.set, 6)

				requireSame(t, loaded, unbroken)
				requireSame(t, mustOpen(t, dir, test.config), unbroken)
			})
		}
	})
}

// A killed run has metrics of steps that no checkpoint has, the last line perhaps in part.
func TestKilledRunMakesItsStepsAgain(t *testing.T) {
	config, set := tinyPoints(), eightGaussians()
	unbroken := trained(t, t.TempDir(), config, set, 5)

	dir := t.TempDir()
	trained(t, dir, config, set, 3)
	file, err := os.OpenFile(filepath.Join(dir, metricsFile), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for step := 4; step < 40; step++ {
		fmt.Fprintf(file, `{"step":%d,"energy_data":0.5,"energy_samples":0.25}`+"\n", step)
	}
	file.WriteString(`{"step":40,"ener`)
	file.Close()

	run := mustOpen(t, dir, config)
	if n := len(run.Metrics()["loss"]); n != 3 {
		t.Errorf("the run has %d rows of metrics, want those of its 3 steps", n)
	}
	mustTrain(t, run, set, 5)
	requireSame(t, run, unbroken)
}

// Killed while a checkpoint takes the place of another of its step, a run has either.
func TestKilledWhileACheckpointIsReplaced(t *testing.T) {
	config, set, dir := tinyPoints(), eightGaussians(), t.TempDir()
	run := trained(t, dir, config, set, 2)
	name := checkpointName(dir, 2)
	if err := os.Rename(name, name+replacedSuffix); err != nil {
		t.Fatal(err)
	}
	requireSame(t, mustOpen(t, dir, config), run)
	all, err := Checkpoints(dir)
	if err != nil || len(all) != 1 || all[0].Path != name+replacedSuffix {
		t.Errorf("the checkpoints are %+v (%v)", all, err)
	}

	// Replaced, the other counts; and what was replaced goes with the next that is saved.
	weights, err := run.AverageWeights()
	if err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, dir, config)
	if _, err := again.SetWeights(weights); err != nil {
		t.Fatal(err)
	}
	requireMissing(t, name+replacedSuffix)
	if err := os.CopyFS(name+replacedSuffix, os.DirFS(name)); err != nil {
		t.Fatal(err)
	}
	writeFile(t, "", name+replacedSuffix, sumsFile) // It is not read where the other is there.
	requireSame(t, mustOpen(t, dir, config), again)
	mustTrain(t, again, set, 3)
	mustTrain(t, again, set, 4)
	if all, err := os.ReadDir(filepath.Dir(name)); err != nil || len(all) != 2 {
		t.Errorf("the checkpoints are %v (%v), want two", all, err)
	}
}

func TestSeed(t *testing.T) {
	config, set := tinyPoints(), eightGaussians()
	one := trained(t, t.TempDir(), config, set, 3)
	again := trained(t, t.TempDir(), config, set, 3)
	requireSame(t, again, one)

	config.Seed++
	other := trained(t, t.TempDir(), config, set, 3)
	for _, name := range []string{"energy_data", "energy_samples", "chain_distance"} {
		for i, value := range one.Metrics()[name] {
			if other.Metrics()[name][i] == value {
				t.Errorf("%s of step %d is %g with either seed", name, i+1, value)
			}
		}
	}
}

// Two checkpoints are kept, so that one remains if the newest is damaged.
func TestCheckpointBefore(t *testing.T) {
	config, set, dir := tinyPoints(), eightGaussians(), t.TempDir()
	unbroken := trained(t, dir, config, set, 2)
	for steps := 3; steps <= 5; steps++ {
		mustTrain(t, unbroken, set, steps)
	}
	steps, err := checkpointSteps(dir)
	if err != nil || len(steps) != 2 || steps[0] != 4 || steps[1] != 5 {
		t.Fatalf("checkpoints are of steps %v (%v), want 4 and 5", steps, err)
	}
	if err := os.RemoveAll(filepath.Join(dir, checkpointsFolder, "step-000000005")); err != nil {
		t.Fatal(err)
	}
	run := mustOpen(t, dir, config)
	if run.Step() != 4 {
		t.Fatalf("the run is at step %d, want 4", run.Step())
	}
	mustTrain(t, run, set, 5)
	requireSame(t, run, unbroken)
}
