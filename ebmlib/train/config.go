package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// Config says all that a training is. Presets return one: [PaperMNIST], [Digits], [Points]. There are no hidden defaults: a
// setting that makes no sense is refused by [Config.Check] with the paper's value.
type Config struct {
	Model models.Model `json:"-"` // the energy; config.json has it as model: {type, settings}

	Chain samplers.Langevin `json:"chain"`
	Steps int               `json:"steps"` // of the chain, in each training step
	Start Range             `json:"start"` // chains that start from noise start uniform in it

	Replay samplers.Reservoir `json:"replay"`

	Terms        []losses.Term `json:"terms"`         // the objective
	References   int           `json:"references"`    // samples of the buffer that the entropy is measured against
	EntropyAfter int           `json:"entropy_after"` // the entropy term is on once the buffer holds more samples

	Batch    int     `json:"batch"`
	Adam     Adam    `json:"adam"`
	ClipNorm float64 `json:"clip_norm"` // the L2 norm at which the whole gradient is clipped
	EMA      float64 `json:"ema"`       // decay of the weights' moving average

	// MaxEnergy ends the training as diverged when |mean E(data)| exceeds it; NaN always does.
	MaxEnergy float64 `json:"max_energy"`

	Seed int64 `json:"seed"`
}

// Range is an interval of values.
type Range struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// scale maps values uniform in [0, 1) to values uniform in the range.
func (r Range) scale(uniform *graph.Node) *graph.Node {
	return graph.AddScalar(graph.MulScalar(uniform, r.Max-r.Min), r.Min)
}

// Adam is the optimiser's settings (Kingma & Ba 2014). The paper takes rate 2e-4, betas 0 and 0.9, epsilon 1e-8.
type Adam struct {
	LearningRate float64 `json:"learning_rate"`
	Beta1        float64 `json:"beta1"`
	Beta2        float64 `json:"beta2"`
	Epsilon      float64 `json:"epsilon"`
}

// PaperMNIST is the setting of the paper's reference implementation, with its network for MNIST.
func PaperMNIST() Config {
	return Config{
		Model:        models.MNIST{Filters: 64},
		Chain:        samplers.Langevin{StepSize: 100, Noise: 0.001, Max: 1},
		Steps:        40,
		Start:        Range{0, 1},
		Replay:       samplers.Reservoir{Capacity: 10000, Restart: 0.001},
		Terms:        losses.Improved(),
		References:   100,
		EntropyAfter: 1000,
		Batch:        128,
		Adam:         Adam{LearningRate: 2e-4, Beta1: 0, Beta2: 0.9, Epsilon: 1e-8},
		ClipNorm:     0.5,
		EMA:          0.99,
		MaxEnergy:    10,
	}
}

// Digits is a small setting of the same objective that learns handwritten digits in minutes on two cores of a CPU. It
// departs from [PaperMNIST] in the network, a shorter and noisier chain, a smaller buffer with more restarts, a smaller batch
// and a larger learning rate.
func Digits() Config {
	c := PaperMNIST()
	c.Model = models.ConvNet{Side: 16, Filters: []int{32, 64, 64}}
	c.Chain = samplers.Langevin{StepSize: 10, Noise: 0.01, Max: 1}
	c.Steps = 20
	c.Replay = samplers.Reservoir{Capacity: 2000, Restart: 0.02}
	c.Terms = []losses.Term{
		losses.ContrastiveDivergence(1),
		losses.EnergyL2(0.1),
		losses.KLEnergy(1),
		losses.KLEntropy(0.3),
	}
	c.Batch = 48
	c.Adam.LearningRate = 1e-3
	return c
}

// Points is a setting for two-dimensional data within about [-4, 4]²: an MLP, and a chain whose noise fits its step size
// (√(2 StepSize), unadjusted Langevin), so that the model's density can be compared with the data's. Its average of the weights is
// longer than the paper's: chains seldom cross from one cluster to another, so the clusters' shares drift to and fro while
// training, and the average settles them.
func Points() Config {
	c := PaperMNIST()
	c.Model = models.MLP{Hidden: []int{128, 128}}
	c.Chain = samplers.Langevin{StepSize: 0.04, Noise: math.Sqrt(2 * 0.04)}
	c.Steps = 20
	c.Start = Range{-4, 4}
	c.Replay = samplers.Reservoir{Capacity: 10000, Restart: 0.05}
	c.Terms = []losses.Term{
		losses.ContrastiveDivergence(1),
		losses.EnergyL2(0.001),
		losses.KLEnergy(1),
		losses.KLEntropy(0.3),
	}
	c.Batch = 256
	c.Adam.LearningRate = 3e-3
	c.EMA = 0.997
	return c
}

// Check returns an error that names every setting that makes no sense.
func (c Config) Check() error {
	var problems []error
	refuse := func(bad bool, format string, values ...any) {
		if bad {
			problems = append(problems, fmt.Errorf(format, values...))
		}
	}
	positive := func(value float64) bool { return value > 0 && !math.IsInf(value, 1) }
	refuse(c.Model == nil, "Model is missing: give an energy such as models.MNIST{Filters: 64}")
	problems = append(problems, c.Chain.Check(), c.Replay.Check())
	refuse(c.Steps < 1, "Steps is %d: a chain takes at least 1 (the paper's takes 40)", c.Steps)
	refuse(!positive(c.Start.Max-c.Start.Min), "Start is [%g, %g]: noise needs a finite range, such as [0, 1] for images",
		c.Start.Min, c.Start.Max)
	refuse(len(c.Terms) == 0, "Terms is empty: the paper's objective is losses.Improved()")
	for i, term := range c.Terms {
		refuse(term.Loss == nil || term.Name == "", "Terms[%d] %q needs a Name and a Loss", i, term.Name)
		refuse(math.IsNaN(term.Weight) || math.IsInf(term.Weight, 0), "Terms[%d] %q has the Weight %g: it must be finite",
			i, term.Name, term.Weight)
		refuse(slices.ContainsFunc(c.Terms[:i], func(t losses.Term) bool { return t.Name == term.Name }),
			"Terms has two named %q: metrics are kept by name", term.Name)
	}
	refuse(c.References < 1, "References is %d: the entropy needs at least 1 (the paper takes 100)", c.References)
	refuse(c.Batch < 1, "Batch is %d: it must be at least 1 (the paper's is 128)", c.Batch)
	refuse(!positive(c.Adam.LearningRate), "Adam.LearningRate is %g: it must be above 0 and finite (the paper's is 2e-4)", c.Adam.LearningRate)
	refuse(!(c.Adam.Beta1 >= 0 && c.Adam.Beta1 < 1), "Adam.Beta1 is %g: it must lie in [0, 1) (the paper's is 0)", c.Adam.Beta1)
	refuse(!(c.Adam.Beta2 >= 0 && c.Adam.Beta2 < 1), "Adam.Beta2 is %g: it must lie in [0, 1) (the paper's is 0.9)", c.Adam.Beta2)
	refuse(!positive(c.Adam.Epsilon), "Adam.Epsilon is %g: it must be above 0 and finite (the paper's is 1e-8)", c.Adam.Epsilon)
	refuse(!positive(c.ClipNorm), "ClipNorm is %g: it must be above 0 and finite (the paper's is 0.5)", c.ClipNorm)
	refuse(!(c.EMA >= 0 && c.EMA < 1), "EMA is %g: it must lie in [0, 1) (the paper's is 0.99)", c.EMA)
	refuse(!positive(c.MaxEnergy), "MaxEnergy is %g: it must be above 0 and finite (the paper's is 10)", c.MaxEnergy)
	return errors.Join(problems...)
}

// record is what config.json holds.
type record struct {
	Config
	Model modelRecord `json:"model"`
	// Example is the shape of one example, known from the first data set that the run is trained on.
	Example []int `json:"example,omitempty"`
}

type modelRecord struct {
	Type     string          `json:"type"`
	Settings json.RawMessage `json:"settings"`
}

func (c Config) record(example []int) (record, error) {
	settings, err := json.Marshal(c.Model)
	if err != nil {
		return record{}, fmt.Errorf("the settings of model %T can't be written as JSON: %w", c.Model, err)
	}
	return record{c, modelRecord{reflect.TypeOf(c.Model).String(), settings}, example}, nil
}

// config rebuilds the configuration of a record whose model and terms are ebmlib's own.
func (r record) config() (Config, error) {
	c := r.Config
	network, err := models.FromJSON(r.Model.Type, r.Model.Settings)
	if err != nil {
		return c, err
	}
	c.Model = network
	for i, term := range c.Terms {
		if c.Terms[i], err = losses.Named(term.Name, term.Weight); err != nil {
			return c, err
		}
	}
	return c, nil
}

// differences lists the settings in which two records differ, as "name: there X, asked for Y".
func differences(there, asked record) []string {
	there.Example, asked.Example = nil, nil
	a, b := flatten(there), flatten(asked)
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, found := a[name]; !found {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var found []string
	for _, name := range names {
		if a[name] != b[name] {
			found = append(found, fmt.Sprintf("%s: there %s, asked for %s", name, orNone(a[name]), orNone(b[name])))
		}
	}
	return found
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// flatten maps the path of each setting to its JSON.
func flatten(r record) map[string]string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // A record is made of plain values.
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // A seed has more digits than a float64.
	if err := decoder.Decode(&tree); err != nil {
		panic(err)
	}
	flat := make(map[string]string)
	var walk func(path []string, value any)
	walk = func(path []string, value any) {
		if settings, ok := value.(map[string]any); ok {
			for name, setting := range settings {
				walk(append(slices.Clone(path), name), setting)
			}
			return
		}
		leaf, _ := json.Marshal(value)
		flat[strings.Join(path, ".")] = string(leaf)
	}
	walk(nil, tree)
	return flat
}
