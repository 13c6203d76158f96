package train

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/data"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// Each example comes once an epoch, also where a batch ends one epoch and begins the next, or is larger than the set.
func TestEveryExampleOnceAnEpoch(t *testing.T) {
	for _, size := range []struct{ batch, examples int }{{8, 30}, {8, 32}, {25, 10}, {1, 7}} {
		examples := order{seed: 3, examples: size.examples}
		const epochs = 4
		var rows []int
		for step := 0; len(rows) < epochs*size.examples; step++ {
			chosen := examples.rows(step*size.batch, size.batch)
			if len(chosen) != size.batch {
				t.Fatalf("%v: step %d has %d rows", size, step, len(chosen))
			}
			rows = append(rows, chosen...)
		}
		var orders [][]int
		for order := range slices.Chunk(rows[:epochs*size.examples], size.examples) {
			seen := slices.Sorted(slices.Values(order))
			for i := range seen {
				if seen[i] != i {
					t.Fatalf("%v: an epoch has the rows %v", size, order)
				}
			}
			if slices.ContainsFunc(orders, func(earlier []int) bool { return slices.Equal(earlier, order) }) {
				t.Errorf("%v: two epochs have the order %v", size, order)
			}
			orders = append(orders, order)
		}
	}
}

// What is chosen on the host depends on seed and step alone.
func TestChoicesArePure(t *testing.T) {
	config := tinyPoints()
	choose := func(seed int64, step int) []*tensors.Tensor {
		config.Seed = seed
		var choices []*tensors.Tensor
		for _, choice := range config.choose(step) {
			choices = append(choices, choice.(*tensors.Tensor))
		}
		return choices
	}
	same := func(a, b []*tensors.Tensor) bool {
		return slices.EqualFunc(a, b, func(a, b *tensors.Tensor) bool { return a.Equal(b) })
	}
	first := choose(1, 7)
	choose(1, 8)
	if again := choose(1, 7); !same(again, first) {
		t.Errorf("the same step chose %v, then %v", first, again)
	}
	for _, other := range [][]*tensors.Tensor{choose(1, 8), choose(2, 7)} {
		if same(other, first) {
			t.Error("another step or seed makes the same choices")
		}
	}
	rows := func(seed int64, position int) []int { return (&order{seed: seed, examples: 30}).rows(position, 30) }
	if !slices.Equal(rows(1, 60), rows(1, 60)) || slices.Equal(rows(1, 60), rows(1, 90)) || slices.Equal(rows(1, 60), rows(2, 60)) {
		t.Error("the order of the data isn't that of its seed and epoch")
	}
}

// Chains that always start from noise and hardly move end at that noise: another one at each step, and with each seed.
func TestNoiseIsNew(t *testing.T) {
	config := tinyPoints()
	config.Replay.Restart = 1
	config.Steps, config.Chain = 1, samplers.Langevin{StepSize: 1e-9, Noise: 1e-9}
	var samples []float32
	for seed := range int64(2) {
		config.Seed = seed
		run := trained(t, t.TempDir(), config, eightGaussians(), 2)
		buffer, err := run.Buffer(2 * config.Batch)
		samples = append(samples, values(t, buffer, err)...)
	}
	seen := make(map[float32]bool)
	for i, coordinate := range samples {
		if seen[coordinate] {
			t.Fatalf("coordinate %d of %v is there twice", i, samples)
		}
		seen[coordinate] = true
		if float64(coordinate) < config.Start.Min-0.01 || float64(coordinate) > config.Start.Max+0.01 {
			t.Errorf("coordinate %d is %g, outside Start", i, coordinate)
		}
	}
}

// Energies of data fall below those of noise.
func TestTrainingLearns(t *testing.T) {
	config := tinyPoints()
	config.Model = models.MLP{Hidden: []int{32, 32}}
	config.Batch, config.Steps, config.ClipNorm = 64, 10, 0.5
	config.Replay.Capacity, config.EntropyAfter, config.References = 500, 200, 50
	config.Adam.LearningRate = 5e-3
	config.EMA = 0.9
	run := trained(t, t.TempDir(), config, data.Points(data.EightGaussians(), 2000, 1), 150)

	mean := func(points []float32) (sum float64) {
		energies, err := run.Energies(tensors.FromFlatDataAndDimensions(points, len(points)/2, 2))
		if err != nil {
			t.Fatal(err)
		}
		for _, energy := range energies {
			sum += energy
		}
		return sum / float64(len(energies))
	}
	random := rand.New(rand.NewPCG(5, 5))
	noise := make([]float32, 2000)
	for i := range noise {
		noise[i] = float32(config.Start.Min + random.Float64()*(config.Start.Max-config.Start.Min))
	}
	unseen := mean(data.Points(data.EightGaussians(), 1000, 99).Floats)
	if uniform := mean(noise); !(unseen < uniform-0.5) {
		t.Errorf("mean energy of data is %g and of noise %g; want it lower by 0.5 at least", unseen, uniform)
	}
}

// average' = EMA average + (1 - EMA) weight', from average = weight before the first step.
func TestMovingAverage(t *testing.T) {
	config, set := tinyPoints(), eightGaussians()
	config.EMA = 0.75
	config.Adam.LearningRate = 0.1
	run := mustOpen(t, t.TempDir(), config)
	if err := run.ready(set); err != nil {
		t.Fatal(err)
	}
	expected := floats(t, run, energyPath)
	for step := 1; step <= 3; step++ {
		mustTrain(t, run, set, step)
		weights, average := floats(t, run, energyPath), floats(t, run, averagePath)
		if len(weights) == 0 || len(average) != len(weights) {
			t.Fatalf("%d weights have %d averages", len(weights), len(average))
		}
		for path := range weights {
			for i, weight := range weights[path] {
				expected[path][i] = 0.75*expected[path][i] + 0.25*weight
				if got := average[path][i]; math.Abs(got-expected[path][i]) > 1e-6 {
					t.Fatalf("step %d: the average of %s[%d] is %g, want %g", step, path, i, got, expected[path][i])
				}
			}
		}
	}
}

// With beta1 = 0 and an epsilon that outweighs the gradients, Adam is gradient descent at rate LearningRate/Epsilon. At
// rate 1 the first step is as long as the clipped gradient.
func TestGradientIsClipped(t *testing.T) {
	for _, clip := range []float64{0.001, 1000} {
		config, set := tinyPoints(), eightGaussians()
		config.Adam = Adam{LearningRate: 1e4, Beta1: 0, Beta2: 0.9, Epsilon: 1e4}
		config.ClipNorm = clip
		run := mustOpen(t, t.TempDir(), config)
		if err := run.ready(set); err != nil {
			t.Fatal(err)
		}
		before := floats(t, run, energyPath)
		mustTrain(t, run, set, 1)
		squares := 0.0
		for path, weights := range floats(t, run, energyPath) {
			for i := range weights {
				squares += (weights[i] - before[path][i]) * (weights[i] - before[path][i])
			}
		}
		norm := run.Metrics()["gradient_norm"][0]
		want, got := min(norm, clip), math.Sqrt(squares)
		if norm <= 0.001 || norm >= 1000 {
			t.Fatalf("the gradient's norm %g is on one side of both bounds", norm)
		}
		if math.Abs(got-want) > 0.01*want {
			t.Errorf("the weights moved by %g; a gradient of norm %g clipped to %g moves them by %g", got, norm, clip, want)
		}
	}
}

// floats are copies of the variables below a path, by the path from there.
func floats(t *testing.T, run *Run, below string) map[string][]float64 {
	t.Helper()
	values := make(map[string][]float64)
	for variable := range run.store.Scope(below).IterVariables() {
		path, err := filepath.Rel(below, variable.Path())
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range tensors.MustCopyFlatData[float32](variable.MustValue()) {
			values[path] = append(values[path], float64(value))
		}
	}
	return values
}

func TestMetricsOfAStep(t *testing.T) {
	config := tinyPoints()
	run := trained(t, t.TempDir(), config, eightGaussians(), 4)
	columns := run.Metrics()
	for i, step := range columns["step"] {
		if step != float64(i+1) {
			t.Errorf("row %d is of step %g", i, step)
		}
		if got, want := columns["energy_difference"][i], columns["energy_data"][i]-columns["energy_samples"][i]; math.Abs(got-want) > 1e-6 {
			t.Errorf("step %g: energy difference %g, want %g", step, got, want)
		}
		total := 0.0
		for _, term := range config.Terms {
			total += term.Weight * columns[term.Name][i]
		}
		if got := columns["loss"][i]; math.Abs(got-total) > 1e-5 {
			t.Errorf("step %g: loss %g, want the weighted sum of its terms, %g", step, got, total)
		}
		if on := columns["kl_entropy"][i] != 0; on != (i*config.Batch > config.EntropyAfter) {
			t.Errorf("step %g: the entropy term is %g with %d samples in the buffer, and on after %d",
				step, columns["kl_entropy"][i], min(i*config.Batch, config.Replay.Capacity), config.EntropyAfter)
		}
	}
}
