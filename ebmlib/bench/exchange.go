package bench

import (
	"fmt"
	"reflect"

	"ebm/ebmlib/golden"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
	"ebm/ebmlib/train"
)

// exchange is a work.json: what the check computes, and what is timed. All that a contender needs to know stands in it.
type exchange struct {
	golden.Setting       // of the check: a short chain
	Work           timed `json:"work"`
}

// timed is the work itself.
type timed struct {
	Name        string          `json:"name"`
	Kind        string          `json:"kind"` // "train" or "sample"
	Example     []int           `json:"example"`
	Examples    int             `json:"examples"` // of the data set, which the contender makes: random bytes, or normals for points
	Batch       int             `json:"batch"`
	Steps       int             `json:"steps"`
	StepSize    float64         `json:"step_size"`
	Noise       float64         `json:"noise"`
	Clamp       bool            `json:"clamp"`
	Start       [2]float64      `json:"start"`
	Replay      samplers.Replay `json:"replay"`
	Transitions string          `json:"transitions"` // "cifar10", or "" for none
	KLSteps     int             `json:"kl_steps"`
	KLSamples   int             `json:"kl_samples"` // 0: the whole batch
	References  int             `json:"references"`
	Neighbours  int             `json:"neighbours"`
	Adam        train.Adam      `json:"adam"`
	ClipNorm    float64         `json:"clip_norm"`
	EMA         float64         `json:"ema"`
	Precision   string          `json:"precision"` // "float32", or "tf32" or "bfloat16" for what is multiplied
	Device      string          `json:"device"`    // "cpu" or "cuda"
	Threads     int             `json:"threads"`   // 0: as many as the machine has cores
}

const (
	examples   = 10000 // of the data set
	checkBatch = 2     // the check's batch
	checkSteps = 2     // and the steps of its chain
	checkSeed  = 1
	// checkSide is the side, in pixels, of the check's images. With smaller ones the paper's networks, which halve an image three or four times,
	// come to normalise over 2x2 positions. Of so few some channel is nearly constant, and is divided by nearly nothing, as is the rounding in it:
	// the gradients then differ by more than golden.Check allows, on one engine, in float32 and in float64.
	checkSide = 32
)

// Transitions by the names that an exchange has for them.
var transitionsBy = map[string]samplers.Transitions{"": nil, "cifar10": samplers.CIFAR10Transitions()}

// exchange is what contenders are told of the work.
func (w Work) exchange(device string) (exchange, error) {
	c := w.Config
	chain, isLangevin := c.Chain.(samplers.Langevin)
	if !isLangevin {
		return exchange{}, fmt.Errorf("work %s: its chain is a %T, and contenders know samplers.Langevin alone", w.Name, c.Chain)
	}
	x := exchange{Work: timed{
		Name: w.Name, Kind: "train", Example: w.Example, Examples: examples,
		Batch: c.Batch, Steps: c.Steps, StepSize: chain.StepSize, Noise: chain.Noise, Clamp: bounded(chain),
		Start: [2]float64{c.Start.Min, c.Start.Max}, Replay: c.Replay,
		KLSteps: c.KLSteps, KLSamples: c.KLSamples, References: c.References, Neighbours: c.Neighbours,
		Adam: c.Adam, ClipNorm: c.ClipNorm, EMA: c.EMA, Precision: w.precision(), Device: device,
	}}
	if w.Sampling {
		x.Work.Kind = "sample"
	}
	var err error
	if x.Setting, err = setting(c.Model); err != nil {
		return x, fmt.Errorf("work %s: %w", w.Name, err)
	}
	s := &x.Setting
	s.Channels = w.Example[0]
	if len(w.Example) == 3 {
		s.ImageSize = checkSide
		if _, isConvNet := c.Model.(models.ConvNet); isConvNet { // Whose weights fit images of one size.
			s.ImageSize = w.Example[1]
		}
	}
	s.Steps, s.StepSize, s.Noise, s.Clamp, s.KLSteps = checkSteps, chain.StepSize, chain.Noise, bounded(chain), 1
	for _, term := range c.Terms {
		switch term.Name {
		case "l2":
			s.L2 = term.Weight
		case "kl_energy":
			s.KLWeight = term.Weight
		case "kl_entropy":
			s.Entropy = term.Weight
		}
	}
	if x.Work.Transitions, err = nameOf(transitionsBy, c.Transitions); err != nil {
		return x, fmt.Errorf("work %s: %w", w.Name, err)
	}
	if c.Augmentation != nil {
		return x, fmt.Errorf("work %s: its data are augmented, and contenders take them as they are", w.Name)
	}
	return x, nil
}

func nameOf(by map[string]samplers.Transitions, transitions samplers.Transitions) (string, error) {
	for name, named := range by {
		if reflect.DeepEqual(named, transitions) {
			return name, nil
		}
	}
	return "", fmt.Errorf("contenders don't know the transitions %#v", transitions)
}

// setting is the network's part of a golden file's setting.
func setting(network models.Model) (golden.Setting, error) {
	s := golden.Setting{Scales: 1}
	var variant models.Variant
	switch n := network.(type) {
	case models.Levels:
		s.Model, s.Filters, variant = "levels", n.Filters, n.Variant
	case models.MNIST:
		s.Model, s.Filters, variant = "mnist", n.Filters, n.Variant
	case models.CIFAR10:
		s.Model, s.Filters, s.Scales, s.Attention, variant = "cifar10", n.Filters, n.Scales, n.Attention, n.Variant
	case models.ConvNet:
		s.Model, s.Side, s.Hidden = "convnet", n.Side, n.Filters
	case models.MLP:
		s.Model, s.Hidden = "mlp", n.Hidden
	}
	s.Norm, s.SpectralNorm = variant.Norm.String(), variant.Weights == models.SpectralWeights
	if back, err := s.Network(); err != nil || !reflect.DeepEqual(back, network) {
		return s, fmt.Errorf("contenders don't know the network %T%+v", network, network)
	}
	return s, nil
}

// work is the work of an exchange.
func (x exchange) work() (Work, error) {
	t, s := x.Work, x.Setting
	w := Work{Name: t.Name, Sampling: t.Kind == "sample", Example: t.Example}
	if t.Kind != "train" && t.Kind != "sample" {
		return w, fmt.Errorf("its kind is %q: there are train and sample", t.Kind)
	}
	if err := knownPrecision(t.Precision); err != nil {
		return w, err
	}
	w.TF32 = t.Precision == tf32s
	if t.Threads != 0 {
		return w, fmt.Errorf("it asks for %d threads, and engines here take all cores: start the benchmark under taskset instead", t.Threads)
	}
	network, err := s.Network()
	if err != nil {
		return w, err
	}
	transitions, known := transitionsBy[t.Transitions]
	if !known {
		return w, fmt.Errorf("its transitions are %q: there are cifar10 and none", t.Transitions)
	}
	chain := samplers.Langevin{StepSize: t.StepSize, Noise: t.Noise}
	if t.Clamp {
		chain.Max = 1
	}
	w.Config = train.Config{
		Model: network, Chain: chain, Steps: t.Steps, Start: train.Range{Min: t.Start[0], Max: t.Start[1]},
		Replay: t.Replay, Transitions: transitions,
		Terms: []losses.Term{
			losses.ContrastiveDivergence(1), losses.EnergyL2(s.L2), losses.KLEnergy(s.KLWeight), losses.KLEntropy(s.Entropy),
		},
		KLSteps: t.KLSteps, KLSamples: t.KLSamples, References: t.References, Neighbours: t.Neighbours,
		Batch: t.Batch, Adam: t.Adam, ClipNorm: t.ClipNorm, EMA: t.EMA,
		BFloat16: t.Precision == bfloat16s, Guard: train.DefaultGuard(),
	}
	return w, nil
}
