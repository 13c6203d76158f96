package train

import (
	"fmt"
	"log"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/data"
	"ebm/ebmlib/samplers"
)

// The steps that are timed are those of a run, and leave nothing behind.
func TestMeterMakesTheStepsOfARun(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, test := range map[string]struct {
		config Config
		source data.Source
	}{
		"points":                        {tinyPoints(), eightGaussians()},
		"the whole method, as a stream": {tinyMethod(), stream{colourPictures()}},
	} {
		t.Run(name, func(t *testing.T) {
			want := variables(t, trained(t, t.TempDir(), test.config, test.source, 4))
			meter := newMeter(t, test.config, test.source)
			for range 2 {
				seconds, err := meter.Steps(2)
				if err != nil {
					t.Fatal(err)
				}
				if len(seconds) != 2 || seconds[0] <= 0 || seconds[1] <= 0 {
					t.Errorf("two steps took %v", seconds)
				}
			}
			got := variables(t, meter.run)
			if paths := slices.Sorted(maps.Keys(want)); !slices.Equal(slices.Sorted(maps.Keys(got)), paths) {
				t.Fatalf("variables %v, want %v", slices.Sorted(maps.Keys(got)), paths)
			}
			for path := range want {
				if !got[path].Equal(want[path]) {
					t.Errorf("%s differs from a run's", path)
				}
			}
		})
	}
	requireContents(t, dir, nil)
}

func newMeter(t *testing.T, config Config, source data.Source) *Meter {
	t.Helper()
	meter, err := NewMeter(config, backendtest.Go(t), source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(meter.Finalize)
	return meter
}

// The chains that are timed are those of Run.Sample, and go on from one step to the next.
func TestSamplingMeter(t *testing.T) {
	config := tinyImages()
	config.AnnealNoise = true
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		meter, err := NewSamplingMeter(config, engine, 2, 3, 1, 8, 8)
		if err != nil {
			t.Fatal(err)
		}
		defer meter.Finalize()
		var samples [][]float32
		for range 2 {
			ends, err := meter.step()
			if err != nil {
				t.Fatal(err)
			}
			samples = append(samples, ends)
		}
		want, err := meter.run.Sample(2, 3)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(samples[0], tensors.MustCopyFlatData[float32](want)) {
			t.Error("the first step's samples differ from those of Run.Sample")
		}
		if slices.Equal(samples[0], samples[1]) {
			t.Error("the second step began anew")
		}
	})
}

func TestMeterRefuses(t *testing.T) {
	engine := backendtest.Go(t)
	noSteps := tinyPoints()
	noSteps.Steps = 0
	_, err := NewMeter(noSteps, engine, eightGaussians())
	requireError(t, err, "Steps is 0")
	_, err = NewSamplingMeter(noSteps, engine, 2, 2, 2)
	requireError(t, err, "Steps is 0")
	_, err = NewSamplingMeter(tinyPoints(), engine, 2, 0, 2)
	requireError(t, err, "2 chains of 0 steps")
	_, err = NewMeter(tinyImages(), engine, eightGaussians())
	requireError(t, err, "ConvNet", "[batch, channels, height, width]")
	damaged := eightGaussians()
	damaged.Floats = damaged.Floats[:3]
	_, err = NewMeter(tinyPoints(), engine, damaged)
	requireError(t, err, damaged.Name, "no whole number")
}

// The time of a step whose numbers left all bounds says nothing.
func TestMeterOfATrainingThatDiverges(t *testing.T) {
	config := tinyPoints()
	config.Adam.LearningRate = 1e30
	meter := newMeter(t, config, eightGaussians())
	_, err := meter.Steps(5)
	requireError(t, err, "not finite", "learning rate")

	langevin(&config, func(chain *samplers.Langevin) { chain.StepSize = 1e38 })
	sampling, err := NewSamplingMeter(config, backendtest.Go(t), 2, 30, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer sampling.Finalize()
	_, err = sampling.Steps(1)
	requireError(t, err, "not finite", "step size")
}

func ExampleMeter() {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		log.Fatal(err)
	}
	meter, err := NewMeter(Points(), engine, data.Points(data.Moons(), 1000, 1))
	if err != nil {
		log.Fatal(err)
	}
	defer meter.Finalize()
	if _, err := meter.Steps(1); err != nil { // It compiles the others.
		log.Fatal(err)
	}
	times, err := meter.Steps(3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(times), "steps, the quickest in less than a minute:", slices.Min(times) < time.Minute)
	// Output: 3 steps, the quickest in less than a minute: true
}
