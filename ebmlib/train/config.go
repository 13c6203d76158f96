package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// Config says all that a training is. Presets return one: [PaperCIFAR10] and its like, [Digits], [Points]. There are no hidden
// defaults: a setting that makes no sense is refused by [Config.Check] with the paper's value.
type Config struct {
	Model   models.Model `json:"-"`       // the energy; config.json has it as model: {type, settings}
	Classes int          `json:"classes"` // of the labels that the energy is conditioned on, one-hot; 0: unconditional

	Chain       samplers.Chain `json:"-"`            // config.json has it as chain: {type, settings}
	Steps       int            `json:"steps"`        // of the chain, in each training step
	AnnealNoise bool           `json:"anneal_noise"` // Langevin's noise falls to none over the steps: see samplers.Annealed
	Start       Range          `json:"start"`        // chains that start from noise start uniform in it

	Replay       samplers.Replay      `json:"replay"`
	Transitions  samplers.Transitions `json:"-"` // of samples read from the buffer
	Augmentation samplers.Transitions `json:"-"` // of data

	Terms        []losses.Term `json:"terms"`         // the objective
	KLSteps      int           `json:"kl_steps"`      // the last steps of the chain that the samples are differentiated through
	Recompute    bool          `json:"recompute"`     // with several KLSteps: each is computed again for its gradient, so that memory is that of one
	KLSamples    int           `json:"kl_samples"`    // the KL terms take the first samples of the batch, so many; 0: all
	References   int           `json:"references"`    // samples of the buffer that the entropy is measured against
	Neighbours   int           `json:"neighbours"`    // by the distance to the neighbour of this rank among them
	EntropyAfter int           `json:"entropy_after"` // the entropy term is on once the buffer holds more samples

	Batch    int     `json:"batch"`
	Adam     Adam    `json:"adam"`
	ClipNorm float64 `json:"clip_norm"` // the L2 norm at which the whole gradient is clipped
	EMA      float64 `json:"ema"`       // decay of the weights' moving average

	// TermGradients adds the gradient norm of each term, weighted, to the metrics, at the cost of one gradient for each.
	TermGradients bool `json:"term_gradients"`

	// BFloat16 computes the energy's convolutions and matrix products in bfloat16, in which its images then go from layer to layer, and all else in
	// float32: see layers.ComputeIn. Training then takes the xla engine; sampling and evaluating on another computes in float32.
	BFloat16 bool `json:"bfloat16"`

	Guard Guard `json:"guard"` // when the training has failed, and what is done then

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
	refuse(c.Classes < 0, "Classes is %d: it must not be negative (0: unconditional)", c.Classes)
	if c.Chain == nil {
		refuse(true, "Chain is missing: the paper's is samplers.Langevin{StepSize: 100, Noise: 0.001, Max: 1}")
	} else {
		problems = append(problems, c.Chain.Check())
	}
	_, isLangevin := c.Chain.(samplers.Langevin)
	refuse(c.AnnealNoise && !isLangevin, "AnnealNoise is on with the chain %T: only samplers.Langevin has noise that can be annealed", c.Chain)
	problems = append(problems, c.Replay.Check(), c.Transitions.Check(), c.Augmentation.Check())
	refuse(c.Steps < 1, "Steps is %d: a chain takes at least 1 (the paper's takes 40)", c.Steps)
	refuse(!positive(c.Start.Max-c.Start.Min), "Start is [%g, %g]: noise needs a finite range, such as [0, 1] for images",
		c.Start.Min, c.Start.Max)
	refuse(len(c.Terms) == 0, "Terms is empty: the paper's objective is losses.Improved()")
	for i, term := range c.Terms {
		refuse(term.Loss == nil || term.Name == "", "Terms[%d] %q needs a Name and a Loss", i, term.Name)
		refuse(!utf8.ValidString(term.Name), "Terms[%d] %q has a Name that is not UTF-8, which metrics can't be written under", i, term.Name)
		refuse(math.IsNaN(term.Weight) || math.IsInf(term.Weight, 0), "Terms[%d] %q has the Weight %g: it must be finite",
			i, term.Name, term.Weight)
	}
	metrics := append([]string{"step"}, c.metricNames()...)
	for i, name := range metrics {
		refuse(name != "" && slices.Contains(metrics[:i], name), "two metrics are named %q: no term may have the Name of another, or of a metric "+
			"that is there without it", name)
	}
	refuse(c.Steps >= 1 && (c.KLSteps < 1 || c.KLSteps > c.Steps), "KLSteps is %d: it must lie in [1, %d], the chain's steps (the paper's is 1)", c.KLSteps, c.Steps)
	refuse(c.Batch >= 1 && (c.KLSamples < 0 || c.KLSamples > c.Batch), "KLSamples is %d: it must lie in [0, %d], the batch (0: all of it)", c.KLSamples, c.Batch)
	refuse(c.References >= 1 && (c.Neighbours < 1 || c.Neighbours > c.References), "Neighbours is %d: it must lie in [1, %d], the references (the paper's is 1)",
		c.Neighbours, c.References)
	refuse(c.References < 1, "References is %d: the entropy needs at least 1 (the paper takes 100)", c.References)
	refuse(c.EntropyAfter < 0, "EntropyAfter is %d: it must not be negative (the paper's is 1000)", c.EntropyAfter)
	entropy := slices.ContainsFunc(c.Terms, func(t losses.Term) bool { return t.Name == losses.KLEntropy(0).Name && t.Weight != 0 })
	refuse(entropy && c.Replay.Capacity >= 1 && c.EntropyAfter >= c.Replay.Capacity, "EntropyAfter is %d, and the buffer never holds more than "+
		"Replay.Capacity, %d, so the entropy term would never be on: lower EntropyAfter, or leave out the term", c.EntropyAfter, c.Replay.Capacity)
	refuse(c.Batch < 1, "Batch is %d: it must be at least 1 (the paper's is 128)", c.Batch)
	refuse(!positive(c.Adam.LearningRate), "Adam.LearningRate is %g: it must be above 0 and finite (the paper's is 2e-4)", c.Adam.LearningRate)
	refuse(!(c.Adam.Beta1 >= 0 && c.Adam.Beta1 < 1), "Adam.Beta1 is %g: it must lie in [0, 1) (the paper's is 0)", c.Adam.Beta1)
	refuse(!(c.Adam.Beta2 >= 0 && c.Adam.Beta2 < 1), "Adam.Beta2 is %g: it must lie in [0, 1) (the paper's is 0.9)", c.Adam.Beta2)
	refuse(!positive(c.Adam.Epsilon), "Adam.Epsilon is %g: it must be above 0 and finite (the paper's is 1e-8)", c.Adam.Epsilon)
	refuse(!positive(c.ClipNorm), "ClipNorm is %g: it must be above 0 and finite (the paper's is 0.5)", c.ClipNorm)
	refuse(!(c.EMA >= 0 && c.EMA < 1), "EMA is %g: it must lie in [0, 1) (the paper's is 0.99)", c.EMA)
	problems = append(problems, c.Guard.Check())
	return errors.Join(problems...)
}
