package train

import (
	"math"
	"slices"
	"strings"
	"testing"

	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

func presets() map[string]Config {
	return map[string]Config{"PaperCIFAR10": PaperCIFAR10(), "PaperConditionalCIFAR10": PaperConditionalCIFAR10(),
		"PaperCIFAR100": PaperCIFAR100(), "PaperSVHN": PaperSVHN(), "PaperMNIST": PaperMNIST(), "PaperCelebA": PaperCelebA(),
		"PaperLSUN": PaperLSUN(), "PaperImageNet32": PaperImageNet32(), "PaperImageNet128": PaperImageNet128(),
		"PaperSTL10": PaperSTL10(), "PaperObjects": PaperObjects(), "PaperDSprites": PaperDSprites(), "Digits": Digits(), "Points": Points()}
}

func TestPresetsMakeSense(t *testing.T) {
	for name, config := range presets() {
		if err := config.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The reference takes the KL terms of 32 samples, but of the whole batch on CIFAR-10 and CelebA.
func TestKLSamplesOfThePapersPresets(t *testing.T) {
	whole := []string{"PaperCIFAR10", "PaperConditionalCIFAR10", "PaperCelebA"}
	for name, config := range presets() {
		if !strings.HasPrefix(name, "Paper") {
			continue
		}
		want := 32
		if slices.Contains(whole, name) {
			want = config.Batch
		}
		if got := config.klSamples(); got != want {
			t.Errorf("%s takes the KL terms of %d samples, want %d", name, got, want)
		}
	}
}

func TestCheckNamesTheSettingAndThePapersValue(t *testing.T) {
	for _, test := range []struct {
		setting string
		spoil   func(c *Config)
		words   []string
	}{
		{"Model", func(c *Config) { c.Model = nil }, []string{"Model is missing", "models.MNIST"}},
		{"Classes", func(c *Config) { c.Classes = -1 }, []string{"Classes is -1", "unconditional"}},
		{"Chain", func(c *Config) { c.Chain = nil }, []string{"Chain is missing", "samplers.Langevin"}},
		{"Chain's settings", func(c *Config) { langevin(c, func(l *samplers.Langevin) { l.StepSize = 0 }) }, []string{"step size is 0", "100"}},
		{"AnnealNoise", func(c *Config) { c.AnnealNoise, c.Chain = true, samplers.MALA{StepSize: 1} }, []string{"AnnealNoise", "samplers.MALA"}},
		{"Transitions", func(c *Config) { c.Transitions = samplers.Transitions{samplers.Grey{}} }, []string{"transition 1", "probability is 0"}},
		{"a term's name", func(c *Config) { c.Terms[0].Name = "a\xff" }, []string{"Terms[0]", "UTF-8"}},
		{"KLSteps", func(c *Config) { c.KLSteps = 0 }, []string{"KLSteps is 0", "[1, 40]", "paper's is 1"}},
		{"KLSteps, too many", func(c *Config) { c.KLSteps = 41 }, []string{"KLSteps is 41", "[1, 40]"}},
		{"KLSamples", func(c *Config) { c.KLSamples = 129 }, []string{"KLSamples is 129", "[0, 128]"}},
		{"Neighbours", func(c *Config) { c.Neighbours = 0 }, []string{"Neighbours is 0", "[1, 100]"}},
		{"Neighbours, too many", func(c *Config) { c.Neighbours = 101 }, []string{"Neighbours is 101", "[1, 100]"}},
		{"Steps", func(c *Config) { c.Steps = 0 }, []string{"Steps is 0", "40"}},
		{"Start", func(c *Config) { c.Start = Range{1, 1} }, []string{"Start is [1, 1]", "[0, 1]"}},
		{"Start, infinite", func(c *Config) { c.Start.Max = math.Inf(1) }, []string{"Start is [0, +Inf]", "[0, 1]"}},
		{"Replay", func(c *Config) { c.Replay.Capacity = 0 }, []string{"capacity is 0", "10000"}},
		{"Terms", func(c *Config) { c.Terms = nil }, []string{"Terms is empty", "losses.Improved()"}},
		{"Terms, without a name", func(c *Config) { c.Terms[1].Name = "" }, []string{"Terms[1]", "Name"}},
		{"Terms, without a loss", func(c *Config) { c.Terms[1].Loss = nil }, []string{"Terms[1]", `"l2"`, "Loss"}},
		{"Terms, twice", func(c *Config) { c.Terms[1].Name = "cd" }, []string{"two metrics", `"cd"`, "Name"}},
		{"Terms, a metric", func(c *Config) { c.Terms[1].Name = "loss" }, []string{"two metrics", `"loss"`}},
		{"Terms, the step", func(c *Config) { c.Terms[1].Name = "step" }, []string{"two metrics", `"step"`}},
		{"Terms, weight", func(c *Config) { c.Terms[1].Weight = math.NaN() }, []string{"Terms[1]", `"l2"`, "NaN"}},
		{"References", func(c *Config) { c.References = 0 }, []string{"References is 0", "100"}},
		{"EntropyAfter", func(c *Config) { c.EntropyAfter = -1 }, []string{"EntropyAfter is -1", "1000"}},
		{"EntropyAfter, never reached", func(c *Config) { c.Replay.Capacity = 1000 }, []string{"EntropyAfter is 1000", "Replay.Capacity, 1000", "lower"}},
		{"Batch", func(c *Config) { c.Batch = -1 }, []string{"Batch is -1", "128"}},
		{"Adam.LearningRate", func(c *Config) { c.Adam.LearningRate = 0 }, []string{"Adam.LearningRate is 0", "2e-4"}},
		{"Adam.LearningRate, NaN", func(c *Config) { c.Adam.LearningRate = math.NaN() }, []string{"Adam.LearningRate is NaN", "2e-4"}},
		{"Adam.LearningRate, infinite", func(c *Config) { c.Adam.LearningRate = math.Inf(1) }, []string{"Adam.LearningRate is +Inf"}},
		{"Adam.Beta1", func(c *Config) { c.Adam.Beta1 = 1 }, []string{"Adam.Beta1 is 1", "paper's is 0"}},
		{"Adam.Beta2", func(c *Config) { c.Adam.Beta2 = -0.1 }, []string{"Adam.Beta2 is -0.1", "0.9"}},
		{"Adam.Epsilon", func(c *Config) { c.Adam.Epsilon = 0 }, []string{"Adam.Epsilon is 0", "1e-8"}},
		{"ClipNorm", func(c *Config) { c.ClipNorm = 0 }, []string{"ClipNorm is 0", "0.5"}},
		{"EMA", func(c *Config) { c.EMA = 1 }, []string{"EMA is 1", "0.99"}},
		{"MaxEnergy", func(c *Config) { c.Guard.MaxEnergy = 0 }, []string{"MaxEnergy is 0", "10"}},
	} {
		t.Run(test.setting, func(t *testing.T) {
			config := PaperMNIST()
			test.spoil(&config)
			requireError(t, config.Check(), test.words...)
		})
	}
}

// Where there is no entropy term, when it would be on is of no matter.
func TestCheckOfASmallBufferWithoutEntropy(t *testing.T) {
	for name, terms := range map[string][]losses.Term{
		"left out": {losses.ContrastiveDivergence(1)},
		"weight 0": {losses.ContrastiveDivergence(1), losses.KLEntropy(0)},
	} {
		config := PaperMNIST()
		config.Terms, config.Replay.Capacity = terms, 100
		if err := config.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckNamesAllThatIsWrong(t *testing.T) {
	config := PaperMNIST()
	config.Steps, config.Batch, config.EMA = 0, 0, 2
	requireError(t, config.Check(), "Steps", "Batch", "EMA")
}

// Open refuses a configuration before it makes a directory.
func TestOpenChecks(t *testing.T) {
	dir := t.TempDir() + "/run"
	config := tinyPoints()
	config.Batch = 0
	_, err := Open(dir, config)
	requireError(t, err, dir, "Batch is 0")
	requireMissing(t, dir)
}

func TestLoadHasTheConfiguration(t *testing.T) {
	configs := presets()
	configs["tiny points"], configs["tiny images"] = tinyPoints(), tinyImages()
	ensemble := Points()
	ensemble.Model = models.Ensemble{Members: 2, Member: ensemble.Model}
	ensemble.Chain = samplers.HMC{StepSize: 0.1, Leapfrog: 3, Velocity: 1}
	ensemble.Terms = append(ensemble.Terms, losses.HMCAlignment(0.01))
	configs["an ensemble by HMC"] = ensemble
	for name, config := range configs {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			config.Seed = 1<<60 + 1 // A float64 hasn't as many digits.
			mustOpen(t, dir, config)
			run, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			mustOpen(t, dir, run.Config)
			if run.Config.Seed != config.Seed {
				t.Errorf("seed %d, want %d", run.Config.Seed, config.Seed)
			}
		})
	}
}

func TestAnotherConfigurationNamesEachDifference(t *testing.T) {
	for _, test := range []struct {
		setting string
		change  func(c *Config)
		words   []string
	}{
		{"batch", func(c *Config) { c.Batch = 9 }, []string{"batch: there 8, asked for 9"}},
		{"seed", func(c *Config) { c.Seed = 1<<60 + 1 }, []string{"seed: there 1, asked for 1152921504606846977"}},
		{"chain", func(c *Config) { langevin(c, func(l *samplers.Langevin) { l.Max = 1 }) }, []string{"chain.settings.max: there 0, asked for 1"}},
		{"model", func(c *Config) { c.Model = tinyImages().Model },
			[]string{`model.type: there "models.MLP", asked for "models.ConvNet"`, "model.settings.Hidden: there [16], asked for none"}},
		{"terms", func(c *Config) { c.Terms = losses.Improved()[:1] }, []string{"terms: there ", "kl_entropy"}},
		{"two", func(c *Config) { c.Steps, c.EMA = 4, 0.5 }, []string{"steps: there 3, asked for 4", "ema: there 0.997, asked for 0.5"}},
	} {
		t.Run(test.setting, func(t *testing.T) {
			dir := t.TempDir()
			config := tinyPoints()
			trained(t, dir, config, eightGaussians(), 1)
			before := contents(t, dir)

			test.change(&config)
			_, err := Open(dir, config)
			requireError(t, err, append(test.words, dir, "config.json", "another directory")...)
			if lines := strings.Count(err.Error(), "there "); lines > 2 && test.setting != "model" {
				t.Errorf("more differences than there are:\n%v", err)
			}
			requireContents(t, dir, before)
		})
	}
}

// Seeds that round to the same float64 are two seeds.
func TestSeedsOfManyDigitsDiffer(t *testing.T) {
	dir, config := t.TempDir(), tinyPoints()
	config.Seed = 1 << 60
	mustOpen(t, dir, config)
	config.Seed++
	_, err := Open(dir, config)
	requireError(t, err, "seed: there 1152921504606846976, asked for 1152921504606846977")
}
