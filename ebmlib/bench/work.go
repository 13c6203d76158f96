package bench

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
	"ebm/ebmlib/train"
)

// Work is a piece of work whose steps are timed: training steps, or steps of chains.
type Work struct {
	Name     string // with what was varied, as in cifar64:batch=256
	About    string // what it is, in a line
	Sampling bool   // Config.Steps steps of Config.Batch chains by fixed weights, instead of a training step
	Config   train.Config
	Example  []int // the shape of one example
	TF32     bool  // a GPU multiplies what is float32 in TF32: see [In]
}

// Works are all works by name.
func Works() []Work {
	colour, grey := []int{3, 32, 32}, []int{1, 28, 28}
	works := []Work{
		{"a10", "work A, 3-level residual net of 32 filters, batch 32, 10 chain steps", false, workA(10), colour, false},
		{"a40", "work A with 40 chain steps", false, workA(40), colour, false},
		{"points", "preset points: MLP, 2 dimensions, batch 256, 20 chain steps", false, train.Points(), []int{2}, false},
		{"digits", "preset digits: small convolutional net, batch 48, 20 chain steps", false, train.Digits(), grey, false},
		{"mnist", "preset paper-mnist: 64 filters, batch 128, 40 chain steps", false, train.PaperMNIST(), grey, false},
		{"cifar16", "preset paper-cifar10 at 16 filters: 3 scales, attention, transitions, batch 128, 40 chain steps", false, cifar(16), colour, false},
		{"cifar64", "preset paper-cifar10: 64 filters, 3 scales, attention, transitions, batch 128, 40 chain steps", false, cifar(64), colour, false},
		{"sample-mnist", "sampling from the net of mnist: 64 chains, 20 steps", true, sampling(train.PaperMNIST()), grey, false},
		{"sample-cifar16", "sampling from the net of cifar16: 64 chains, 20 steps", true, sampling(cifar(16)), colour, false},
	}
	for i := range works {
		works[i].Config.EntropyAfter = 0 // The entropy term is on from the second step, so that steps are alike.
	}
	return works
}

// Default names the works that are timed when none is named.
var Default = []string{"a10", "a40", "points", "digits"}

// workA is a small residual network with the paper's objective, as it is trained on a CPU.
func workA(steps int) train.Config {
	c := train.PaperCIFAR10()
	c.Model = models.Levels{Filters: 32, Levels: 3}
	c.Transitions = nil
	c.Batch, c.Steps = 32, steps
	return c
}

func cifar(filters int) train.Config {
	c := train.PaperCIFAR10()
	network := c.Model.(models.CIFAR10)
	network.Filters = filters
	c.Model = network
	return c
}

func sampling(c train.Config) train.Config {
	c.Batch, c.Steps = 64, 20
	c.KLSamples = 0
	c.Transitions = nil
	return c
}

// Parse finds works by their names, each perhaps varied by settings after a colon:
//
//	a10   cifar64:batch=256   cifar64:steps=20,filters=128,size=64
//
// batch is the examples of a step, steps are those of the chain, filters are those of a network that has one number of them, size is that
// of the images, in pixels along a side.
//
// Errors: a name or a setting that there is not; a value that is no number from 1; a setting that the work's network doesn't have; works
// that come twice.
func Parse(names []string) ([]Work, error) {
	var works []Work
	for _, name := range names {
		work, err := parse(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(works, func(w Work) bool { return w.Name == work.Name }) {
			return nil, fmt.Errorf("work %s is named twice", work.Name)
		}
		works = append(works, work)
	}
	return works, nil
}

func parse(name string) (Work, error) {
	base, settings, varied := strings.Cut(name, ":")
	all := Works()
	i := slices.IndexFunc(all, func(w Work) bool { return w.Name == base })
	if i < 0 {
		var names []string
		for _, w := range all {
			names = append(names, w.Name)
		}
		return Work{}, fmt.Errorf("there is no work %q: there are %s", base, strings.Join(names, ", "))
	}
	work := all[i]
	if !varied {
		return work, nil
	}
	work.Name, work.About = name, fmt.Sprintf("as %s (%s), but %s", base, work.About, settings)
	for setting := range strings.SplitSeq(settings, ",") {
		if err := work.vary(setting); err != nil {
			return work, fmt.Errorf("work %s: %w", name, err)
		}
	}
	if err := work.Config.Check(); err != nil {
		return work, fmt.Errorf("work %s: %w", name, err)
	}
	return work, nil
}

// In are the works in each of these precisions: "float32"; "tf32", which is float32 but for what is multiplied on a GPU, of which its matrix units
// take the first 10 bits after the point; "bfloat16", see train.Config.BFloat16. It is an error if there is no such precision.
func In(precisions []string, works []Work) ([]Work, error) {
	for _, precision := range precisions {
		if err := knownPrecision(precision); err != nil {
			return nil, err
		}
	}
	var all []Work
	for _, work := range works {
		for _, precision := range precisions {
			of := work
			of.TF32, of.Config.BFloat16 = precision == tf32s, precision == bfloat16s
			if precision != float32s {
				of.Name += precisionMark + precision
			}
			all = append(all, of)
		}
	}
	return all, nil
}

const (
	float32s  = "float32"
	tf32s     = "tf32"
	bfloat16s = "bfloat16"

	precisionMark = " in " // in a work's name, before another precision than float32
)

func knownPrecision(name string) error {
	if slices.Contains([]string{float32s, tf32s, bfloat16s}, name) {
		return nil
	}
	return fmt.Errorf("there is no precision %q: there are %s, %s and %s", name, float32s, tf32s, bfloat16s)
}

// precision is that of the work's convolutions and matrix products.
func (w Work) precision() string {
	switch {
	case w.Config.BFloat16:
		return bfloat16s
	case w.TF32:
		return tf32s
	}
	return float32s
}

// vary changes one setting, given as in batch=256.
func (w *Work) vary(setting string) error {
	name, text, _ := strings.Cut(setting, "=")
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 {
		return fmt.Errorf("its setting is %q: give a number from 1, as in batch=256", setting)
	}
	switch name {
	case "batch":
		w.Config.Batch = value
	case "steps":
		w.Config.Steps = value
	case "filters":
		w.Config.Model, err = withFilters(w.Config.Model, value)
	case "size":
		if len(w.Example) != 3 {
			return fmt.Errorf("it has no images, whose size could be set")
		}
		w.Example = []int{w.Example[0], value, value}
	default:
		return fmt.Errorf("there is no setting %q: there are batch, steps, filters and size", name)
	}
	return err
}

// withFilters is the network with another number of filters.
func withFilters(network models.Model, filters int) (models.Model, error) {
	switch n := network.(type) {
	case models.Levels:
		n.Filters = filters
		return n, nil
	case models.MNIST:
		n.Filters = filters
		return n, nil
	case models.CIFAR10:
		n.Filters = filters
		return n, nil
	}
	return nil, fmt.Errorf("its network, %T, has no one number of filters that could be set", network)
}

// bounded tells whether the chain keeps samples within [0, 1].
func bounded(chain samplers.Langevin) bool { return chain.Min == 0 && chain.Max == 1 }
