package train

import (
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"

	"ebm/ebmlib/data"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/samplers"
)

// stream hides that a set is in memory.
type stream struct{ set *data.Set }

func (s stream) Info() data.Info                    { return s.set.Info() }
func (s stream) Read(rows []int) (*data.Set, error) { return s.set.Read(rows) }

// A set that is read as it is needed trains as one that is in memory does, over several windows, and resumed within one.
func TestStreamedEqualsInMemory(t *testing.T) {
	const steps = 2*windowSteps + 3
	for name, test := range map[string]struct {
		config Config
		set    *data.Set
	}{"points": {tinyPoints(), eightGaussians()}, "labelled images": {tinyMethod(), colourPictures()}} {
		t.Run(name, func(t *testing.T) {
			inMemory := trained(t, t.TempDir(), test.config, test.set, steps)
			requireSame(t, trained(t, t.TempDir(), test.config, stream{test.set}, steps), inMemory)
			dir := t.TempDir()
			trained(t, dir, test.config, stream{test.set}, windowSteps+2)
			requireSame(t, trained(t, dir, test.config, stream{test.set}, steps), inMemory)
		})
	}
}

func TestAStreamsErrorIsToldAndNothingIsLost(t *testing.T) {
	dir, config, set := t.TempDir(), tinyPoints(), eightGaussians()
	damaged := eightGaussians()
	for i := range damaged.Floats {
		damaged.Floats[i] = float32(math.NaN())
	}
	run := trained(t, dir, config, stream{set}, 2)
	requireError(t, run.Train(stream{damaged}, 5), "NaN")
	mustTrain(t, run, stream{set}, 5)
	requireSame(t, run, trained(t, t.TempDir(), config, set, 5))
}

// Steps that are computed again for their gradient give the gradient of those that are not, also where a velocity goes on from step
// to step.
func TestRecomputedGradientsAreTheSame(t *testing.T) {
	for name, chain := range map[string]samplers.Chain{
		"Langevin": samplers.Langevin{StepSize: 0.05, Noise: 0.1},
		"HMC":      samplers.HMC{StepSize: 0.3, Leapfrog: 2, Velocity: 0.5},
	} {
		t.Run(name, func(t *testing.T) {
			config := tinyPoints()
			config.Chain, config.Steps, config.KLSteps, config.EntropyAfter = chain, 5, 4, 0
			config.Terms = []losses.Term{losses.KLEnergy(1), losses.KLEntropy(0.3)}
			weights := func(change func(c *Config)) map[string][]float64 {
				changed := config
				change(&changed)
				return floats(t, trained(t, t.TempDir(), changed, eightGaussians(), 3), energyPath)
			}
			want := weights(func(*Config) {})
			if again := weights(func(c *Config) { c.Recompute = true }); largestDifference(again, want) > 1e-4 {
				t.Errorf("weights differ by %g after three steps", largestDifference(again, want))
			}
			if last := weights(func(c *Config) { c.KLSteps = 1 }); largestDifference(last, want) < 1e-3 {
				t.Errorf("through the last step alone weights differ by only %g: the test sees nothing", largestDifference(last, want))
			}
		})
	}
}

func largestDifference(a, b map[string][]float64) (most float64) {
	for path := range b {
		for i := range b[path] {
			most = max(most, math.Abs(a[path][i]-b[path][i]))
		}
	}
	return most
}

// The gradient made of the terms' is that of their sum, and the norms are the terms'.
func TestTermGradients(t *testing.T) {
	config, set := tinyPoints(), eightGaussians()
	run := trained(t, t.TempDir(), config, set, 4)
	config.TermGradients = true
	byTerm := trained(t, t.TempDir(), config, set, 4)
	if d := largestDifference(floats(t, byTerm, energyPath), floats(t, run, energyPath)); d > 1e-4 {
		t.Errorf("weights differ by %g", d)
	}
	for i, whole := range byTerm.Metrics()["gradient_norm"] {
		var sum, most float64
		for _, term := range config.Terms {
			norm := byTerm.Metrics()["gradient_norm_"+term.Name][i]
			sum, most = sum+norm, max(most, norm)
		}
		if !(whole <= sum*1.0001 && whole >= 2*most-sum-1e-6) {
			t.Errorf("step %d: the gradient's norm %g doesn't go with those of its terms, %g in all and %g at most", i+1, whole, sum, most)
		}
	}
	if entropy := byTerm.Metrics()["gradient_norm_kl_entropy"]; entropy[0] != 0 || !(entropy[3] > 0) {
		t.Errorf("the entropy's gradient norms are %v; want 0 while it is off, then more", entropy)
	}

	// A weight scales its term's norm.
	config.Terms = slices.Clone(config.Terms)
	config.Terms[0].Weight *= 2
	doubled := trained(t, t.TempDir(), config, set, 1)
	if got, want := doubled.Metrics()["gradient_norm_cd"][0], 2*byTerm.Metrics()["gradient_norm_cd"][0]; math.Abs(got-want) > 1e-4*want {
		t.Errorf("cd with twice its weight has the gradient norm %g, want %g", got, want)
	}
}

// The KL terms may take the first samples alone; where the chains end depends on it no more than on the gradient.
func TestKLSamples(t *testing.T) {
	config, set := tinyPoints(), eightGaussians()
	langevin(&config, func(l *samplers.Langevin) { l.Noise = 0 }) // The chains draw in another order.
	all := trained(t, t.TempDir(), config, set, 1).Metrics()
	config.KLSamples = 3
	some := trained(t, t.TempDir(), config, set, 1).Metrics()
	for _, name := range []string{"energy_data", "energy_samples", "cd", "chain_gradient_norm", "chain_distance"} {
		if a, b := all[name][0], some[name][0]; math.Abs(a-b) > 1e-5*(1+math.Abs(a)) {
			t.Errorf("%s is %g, with the KL terms of all samples %g", name, b, a)
		}
	}
	if all["kl_energy"][0] == some["kl_energy"][0] {
		t.Error("kl_energy of 3 of 8 samples is that of all")
	}
}

// labelled has an energy that is least where every pixel is label/4: a step of size 1 goes there.
type labelled struct{}

func (labelled) Energy(scope *model.Scope, x, condition *Node) *Node {
	weight := scope.WithInitializer(initializer.One).VariableWithShape("weight", ScalarZero(x.Graph(), x.DType()).Shape()).NodeValue(x)
	label := DivScalar(ReduceAndKeep(Mul(condition, Iota(x.Graph(), condition.Shape(), 1)), ReduceSum, 1), 4)
	flat := Reshape(x, x.Shape().Dim(0), -1)
	return Mul(weight, MulScalar(ReduceAndKeep(Square(Sub(flat, label)), ReduceSum, 1), 0.5))
}

// Each sample in the buffer has the label it was drawn with, and keeps it when a chain goes on from it; one from noise takes
// a label of the data.
func TestLabelsStayWithTheirSamples(t *testing.T) {
	config := tinyMethod()
	config.Model, config.Transitions, config.Terms = labelled{}, nil, losses.Improved()[:1]
	config.Chain = samplers.Langevin{StepSize: 1, Max: 1}
	config.Adam.LearningRate = 1e-9
	config.Guard.MaxEnergy = 1e6
	config.Batch, config.KLSamples, config.Replay = 2, 0, samplers.Replay{Capacity: 20}
	labels := func(config Config, steps int) map[int32]bool {
		run := trained(t, t.TempDir(), config, colourPictures(), steps)
		kept := tensors.MustCopyFlatData[int32](run.store.GetVariable(labelsPath).MustValue())
		held := config.Replay.Len(steps * config.Batch)
		samples, err := run.Buffer(held)
		pixels := values(t, samples, err)
		seen := make(map[int32]bool)
		for i := range held {
			seen[kept[i]] = true
			for _, pixel := range pixels[i*3*8*8 : (i+1)*3*8*8] {
				if math.Abs(float64(pixel)-float64(kept[i])/4) > 0.02 {
					t.Fatalf("sample %d has the label %d and a pixel of %g, want %g", i, kept[i], pixel, float64(kept[i])/4)
				}
			}
		}
		return seen
	}
	if seen := labels(config, 8); len(seen) > 2 {
		t.Errorf("chains that all go on from the first two have the labels %v", seen)
	}
	config.Replay.Restart = 1
	if seen := labels(config, 8); len(seen) != 3 {
		t.Errorf("chains from noise have the labels %v, want all of the data's", seen)
	}
}

// Samples of a conditional energy go where their labels say.
func TestSampleByLabel(t *testing.T) {
	config := tinyMethod()
	config.Model, config.Terms = labelled{}, losses.Improved()[:1]
	config.Chain = samplers.Langevin{StepSize: 1, Max: 1}
	config.Adam.LearningRate, config.Guard.MaxEnergy = 1e-9, 1e6
	run := trained(t, t.TempDir(), config, colourPictures(), 1)
	for name, test := range map[string]struct{ given, want []int32 }{
		"in turn":      {nil, []int32{0, 1, 2, 0, 1}},
		"one for all":  {[]int32{2}, []int32{2, 2, 2, 2, 2}},
		"one for each": {[]int32{1, 1, 0, 2, 0}, []int32{1, 1, 0, 2, 0}},
	} {
		samples, err := run.Sample(5, 3, test.given...)
		for i, pixel := range values(t, samples, err) {
			if want := float64(test.want[i/(3*8*8)]) / 4; math.Abs(float64(pixel)-want) > 1e-3 {
				t.Fatalf("%s: a pixel of sample %d is %g, want %g", name, i/(3*8*8), pixel, want)
			}
		}
		energies, err := run.Energies(samples, test.want...)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range energies {
			if math.Abs(e) > 1e-4 {
				t.Errorf("%s: the energy of sample %d under its label is %g, want 0", name, i, e)
			}
		}
	}
	_, err := run.Sample(5, 3, 0, 1)
	requireError(t, err, run.Dir, "2 labels", "5 samples")
	_, err = run.Sample(1, 3, 3)
	requireError(t, err, run.Dir, "no label 3", "0 to 2")
	x, err := colourPictures().Examples(0, 4)
	if err != nil {
		t.Fatal(err)
	}
	_, err = run.Energies(x)
	requireError(t, err, run.Dir, "conditional", "one for each")
}

// What comes from the buffer goes through the transitions: with chains that hardly move, each sample is the mirror image of one before.
func TestTransitionsActOnTheBuffersSamples(t *testing.T) {
	config := tinyImages()
	config.Chain = samplers.Langevin{StepSize: 1e-9, Max: 1}
	config.Replay = samplers.Replay{Capacity: 16, FIFO: true}
	config.Transitions = samplers.Transitions{samplers.HorizontalFlip{Probability: 1}}
	run := trained(t, t.TempDir(), config, pictures(), 2)
	buffer, err := run.Buffer(16)
	pixels := values(t, buffer, err)
	image := func(i int) []float32 { return pixels[i*64 : (i+1)*64] }
	mirrored := func(a, b []float32) bool {
		for row := range 8 {
			for column := range 8 {
				if math.Abs(float64(a[row*8+column]-b[row*8+7-column])) > 1.5/255 {
					return false
				}
			}
		}
		return true
	}
	for i := 8; i < 16; i++ {
		if !slices.ContainsFunc([]int{0, 1, 2, 3, 4, 5, 6, 7}, func(j int) bool { return mirrored(image(i), image(j)) }) {
			t.Errorf("sample %d of the second step mirrors none of the first", i)
		}
	}
}

func TestChainsOfEveryKindTrain(t *testing.T) {
	for name, test := range map[string]struct {
		chain  samplers.Chain
		tested bool
	}{
		"MALA":            {samplers.MALA{StepSize: 0.05}, true},
		"HMC":             {samplers.HMC{StepSize: 0.1, Leapfrog: 3, Velocity: 1, Metropolis: true}, true},
		"the paper's HMC": {samplers.HMC{StepSize: 0.1, Leapfrog: 3, Velocity: 0.001}, false},
	} {
		t.Run(name, func(t *testing.T) {
			config := tinyPoints()
			config.Chain = test.chain
			if !test.tested {
				config.Terms = append(slices.Clone(config.Terms), losses.HMCAlignment(0.01))
			}
			run := trained(t, t.TempDir(), config, eightGaussians(), 5)
			acceptances := run.Metrics()["chain_acceptance"]
			if lowest := slices.Min(acceptances); !(lowest > 0 && slices.Max(acceptances) <= 1 && (lowest < 1) == test.tested) {
				t.Errorf("acceptances %v", acceptances)
			}
			if _, err := run.Sample(4, 25); err != nil { // Over several compiled pieces of the chain.
				t.Error(err)
			}
		})
	}
}

// The average of weights by spectral norm keeps vectors of length 1, which are not trained.
func TestSpectralNormsVectorsStayUnit(t *testing.T) {
	config := tinyMethod()
	config.EMA = 0.9
	config.Adam.LearningRate = 0.01
	run := trained(t, t.TempDir(), config, colourPictures(), 4)
	var vectors int
	for _, below := range []string{energyPath, averagePath} {
		for path, vector := range floats(t, run, below) {
			if !slices.ContainsFunc([]string{"/weight_u", "/weight_v"}, func(end string) bool { return len(path) > len(end) && path[len(path)-len(end):] == end }) {
				continue
			}
			vectors++
			var square float64
			for _, value := range vector {
				square += value * value
			}
			if math.Abs(square-1) > 1e-4 {
				t.Errorf("%s/%s has the length %g", below, path, math.Sqrt(square))
			}
		}
	}
	if vectors == 0 {
		t.Error("there are no vectors")
	}
}

// Noise annealed to nothing leaves a last step of the energy's slope alone; a chain of one step then has none at all.
func TestAnnealedNoise(t *testing.T) {
	config := tinyPoints()
	config.Chain, config.Steps, config.KLSteps = samplers.Langevin{StepSize: 1e-9, Noise: 1}, 1, 1
	if d := trained(t, t.TempDir(), config, eightGaussians(), 1).Metrics()["chain_distance"][0]; !(d > 0.1) {
		t.Fatalf("with noise the chain moves by %g", d)
	}
	config.AnnealNoise = true
	if d := trained(t, t.TempDir(), config, eightGaussians(), 1).Metrics()["chain_distance"][0]; !(d < 1e-5) {
		t.Errorf("without noise the chain moves by %g", d)
	}
}

type unconditional struct{}

func (unconditional) Energy(_ *model.Scope, x, condition *Node) *Node {
	if condition != nil {
		panic("there is no room for a condition")
	}
	return ReduceAndKeep(Reshape(x, x.Shape().Dim(0), -1), ReduceSum, 1)
}

func TestTrainingOnTheWrongKindOfData(t *testing.T) {
	for name, test := range map[string]struct {
		config Config
		set    *data.Set
		words  []string
	}{
		"no labels":             {tinyMethod(), pictures(), []string{"pictures", "no labels", "3 classes"}},
		"a label too many":      {func() Config { c := tinyMethod(); c.Classes = 2; return c }(), colourPictures(), []string{"label 2", "Classes is 2"}},
		"transitions of points": {func() Config { c := tinyPoints(); c.Transitions = tinyMethod().Transitions; return c }(), eightGaussians(), []string{"Transitions", "points"}},
		"a model without conditions": {func() Config { c := tinyMethod(); c.Model = unconditional{}; return c }(),
			colourPictures(), []string{"train.unconditional", "there is no room for a condition"}},
	} {
		t.Run(name, func(t *testing.T) {
			run := mustOpen(t, t.TempDir(), test.config)
			requireError(t, run.Train(test.set, 2), test.words...)
		})
	}
}
