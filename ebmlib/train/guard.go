package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"ebm/ebmlib/samplers"
)

// Guard says when a training has failed, and what is done then. It looks at the metrics after each step: at the step's own for energies
// and for what is not finite, else at those of the last Window steps, once there are so many. It never changes a value to go on.
type Guard struct {
	MaxEnergy     float64 `json:"max_energy"`     // of |mean E|, of the data or of the samples, in one step
	MaxDifference float64 `json:"max_difference"` // of |E(data) - E(samples)|, mean over the window
	MaxGradient   float64 `json:"max_gradient"`   // of the gradient norm: its median in the window over that in the four windows before
	MaxMove       float64 `json:"max_move"`       // of the distance a chain's step moves a sample, mean over the window, over the diagonal of Start
	MinMove       float64 `json:"min_move"`       // of the part of that distance that is the gradient's; and of the acceptance
	MinSpread     float64 `json:"min_spread"`     // of spread_samples over spread_data, means over the window
	MinInside     float64 `json:"min_inside"`     // of inside_samples over inside_data, likewise

	Window int `json:"window"` // steps

	// GoBack is how many times a run that failed goes back to its last good checkpoint and on from there, its learning rate multiplied by
	// Slower; 0: it stops.
	GoBack int     `json:"go_back"`
	Slower float64 `json:"slower"`
}

// DefaultGuard stops at a failed step. Its bound on energies is that of the paper's reference; the others are meant to be passed by no
// training that is well.
func DefaultGuard() Guard {
	return Guard{MaxEnergy: 10, MaxDifference: 5, MaxGradient: 100, MaxMove: 0.5, MinMove: 1e-6, MinSpread: 0.02, MinInside: 0.02, Window: 50, Slower: 0.5}
}

// Check returns an error that names every setting that makes no sense.
func (g Guard) Check() error {
	var problems []error
	refuse := func(bad bool, format string, values ...any) {
		if bad {
			problems = append(problems, fmt.Errorf(format, values...))
		}
	}
	usual := DefaultGuard()
	for _, bound := range []struct {
		name         string
		value, usual float64
	}{
		{"MaxEnergy", g.MaxEnergy, usual.MaxEnergy}, {"MaxDifference", g.MaxDifference, usual.MaxDifference},
		{"MaxGradient", g.MaxGradient, usual.MaxGradient}, {"MaxMove", g.MaxMove, usual.MaxMove},
	} {
		refuse(!(bound.value > 0) || math.IsInf(bound.value, 1), "Guard.%s is %g: it must be above 0 and finite (as usual: %g)",
			bound.name, bound.value, bound.usual)
	}
	for _, share := range []struct {
		name  string
		value float64
	}{{"MinMove", g.MinMove}, {"MinSpread", g.MinSpread}, {"MinInside", g.MinInside}} {
		refuse(!(share.value >= 0 && share.value < 1), "Guard.%s is %g: it must lie in [0, 1), 0 for no bound", share.name, share.value)
	}
	refuse(g.Window < 1, "Guard.Window is %d: it must be at least 1 step (as usual: %d)", g.Window, usual.Window)
	refuse(g.GoBack < 0, "Guard.GoBack is %d: it must not be negative (0: stop)", g.GoBack)
	refuse(g.GoBack > 0 && !(g.Slower > 0 && g.Slower <= 1), "Guard.Slower is %g: it must lie in (0, 1], the factor on the learning rate each time", g.Slower)
	return errors.Join(problems...)
}

// Diagnosis is what is wrong with a training.
type Diagnosis struct {
	Name     string `json:"diagnosis"` // "not finite", "energies ran away", "energy difference ran away", "gradient explosion", "step size out of proportion", "dead chains", "collapsed buffer"
	Evidence string `json:"evidence"`  // which quantities had which values
	Advice   string `json:"advice"`    // what to change
}

// patient is what a diagnosis is made from.
type patient struct {
	config  Config
	metrics metrics
	weights []string  // the paths of those that are trained,
	norms   []float32 // and the norm of each one's gradient in the last step
	dims    int       // values in an example
}

// diagnose names what is wrong at the last step, or returns nil.
func (p patient) diagnose() *Diagnosis {
	for _, look := range []func(patient) *Diagnosis{
		patient.notFinite, patient.energies, patient.difference, patient.gradient, patient.farSteps, patient.deadChains, patient.saturated, patient.collapsed,
	} {
		if found := look(p); found != nil {
			return found
		}
	}
	return nil
}

func (p patient) notFinite() *Diagnosis {
	finite := func(value float64) bool { return !math.IsNaN(value) && !math.IsInf(value, 0) }
	var evidence []string
	for _, name := range p.metrics.names {
		if value := p.last(name); !finite(value) {
			evidence = append(evidence, fmt.Sprintf("%s is %g", name, value))
		}
	}
	if evidence == nil {
		return nil
	}
	var weights []string
	for i, norm := range p.norms {
		if !finite(float64(norm)) {
			weights = append(weights, p.weights[i])
		}
	}
	if weights != nil {
		evidence = append(evidence, fmt.Sprintf("the gradients of %d of %d weights are not finite, the first that of %s", len(weights), len(p.weights), weights[0]))
	}
	advice := "take a smaller learning rate or step size; if it is the first step, look at the data and at the model there"
	if slices.Contains(p.metrics.names, "kl_entropy") && math.IsInf(p.last("kl_entropy"), 1) {
		advice = "take a step size that fits, or noise in the chain: a sample is the same as one of the buffer, for chains don't move"
	}
	return &Diagnosis{"not finite", strings.Join(evidence, ", "), advice}
}

func (p patient) energies() *Diagnosis {
	for _, name := range []string{"energy_data", "energy_samples"} {
		if value, bound := p.last(name), p.config.Guard.MaxEnergy; math.Abs(value) > bound {
			return &Diagnosis{"energies ran away", fmt.Sprintf("mean %s is %g, beyond ±%g (Guard.MaxEnergy)", name, value, bound),
				"take a smaller learning rate, a larger weight of the regulariser \"l2\", or the KL terms if they are off"}
		}
	}
	return nil
}

func (p patient) difference() *Diagnosis {
	value, whole := p.mean("energy_difference")
	if bound := p.config.Guard.MaxDifference; whole && math.Abs(value) > bound {
		return &Diagnosis{"energy difference ran away",
			fmt.Sprintf("E(data) - E(samples) is %.4g, mean of the last %d steps, beyond ±%g (Guard.MaxDifference)", value, p.config.Guard.Window, bound),
			"take the KL terms, more chain steps, or a smaller learning rate: chains don't keep up with the energy"}
	}
	return nil
}

func (p patient) gradient() *Diagnosis {
	window, values := p.config.Guard.Window, p.metrics.columns["gradient_norm"]
	if len(values) < 5*window {
		return nil
	}
	split := len(values) - window
	now, before := median(values[split:]), median(values[split-4*window:split])
	bound := p.config.Guard.MaxGradient
	if !(now > bound*before) {
		return nil
	}
	most := slices.Index(p.norms, slices.Max(p.norms))
	return &Diagnosis{"gradient explosion",
		fmt.Sprintf("the gradient's norm is %.4g, median of the last %d steps, and was %.4g in the %d before: more than %g times as much (Guard.MaxGradient); the largest part is that of %s",
			now, window, before, 4*window, bound, p.weights[most]),
		"take a smaller learning rate, or a norm in the network (spectral norm bounds its slope)"}
}

// diagonal is that of the space in which chains start.
func (p patient) diagonal() float64 {
	return math.Sqrt(float64(p.dims)) * (p.config.Start.Max - p.config.Start.Min)
}

func (p patient) farSteps() *Diagnosis {
	move, whole := p.mean("chain_step")
	if bound := p.config.Guard.MaxMove * p.diagonal(); whole && move > bound {
		return &Diagnosis{"step size out of proportion",
			fmt.Sprintf("a step of the chain moves a sample by %.4g, mean of the last %d steps, and the whole space is %.4g across: more than %g of it (Guard.MaxMove)",
				move, p.config.Guard.Window, p.diagonal(), p.config.Guard.MaxMove),
			"take a smaller step size of the chain"}
	}
	return nil
}

func (p patient) deadChains() *Diagnosis {
	slope, whole := p.mean("chain_gradient_norm")
	if !whole {
		return nil
	}
	// Langevin's noise moves a sample whatever the energy is like, so only what the gradient does counts.
	move, evidence := slope, fmt.Sprintf("‖∂E/∂x‖ is %.4g", slope)
	if langevin, is := p.config.Chain.(samplers.Langevin); is {
		move *= langevin.StepSize
	} else {
		move, _ = p.mean("chain_step")
		evidence += fmt.Sprintf(", a step moves a sample by %.4g", move)
	}
	acceptance, _ := p.mean("chain_acceptance")
	bound := p.config.Guard.MinMove
	if move >= bound*p.diagonal() && acceptance >= bound {
		return nil
	}
	return &Diagnosis{"dead chains",
		fmt.Sprintf("%s and %.4g of the steps are accepted, means of the last %d steps: samples move less than %g of the space's diagonal %.4g (Guard.MinMove)",
			evidence, acceptance, p.config.Guard.Window, bound, p.diagonal()),
		"take a step size that fits (larger for a flat energy, smaller for MALA and HMC), or look for a layer that gives zero"}
}

func (p patient) saturated() *Diagnosis {
	if _, _, bounded := p.config.bounds(); !bounded {
		return nil
	}
	data, whole := p.mean("inside_data")
	samples, _ := p.mean("inside_samples")
	if bound := p.config.Guard.MinInside; whole && samples < bound*data {
		return &Diagnosis{"dead chains",
			fmt.Sprintf("%.3g%% of the samples' pixels are neither black nor white, and %.3g%% of the data's, means of the last %d steps: less than %g as many (Guard.MinInside)",
				100*samples, 100*data, p.config.Guard.Window, bound),
			"take a smaller step size, more noise, or more restarts of the replay buffer: saturated samples can't move"}
	}
	return nil
}

func (p patient) collapsed() *Diagnosis {
	if p.config.Batch < 2 {
		return nil
	}
	data, whole := p.mean("spread_data")
	samples, _ := p.mean("spread_samples")
	if bound := p.config.Guard.MinSpread; whole && samples < bound*data {
		return &Diagnosis{"collapsed buffer",
			fmt.Sprintf("from a sample to the nearest of its batch it is %.4g, and %.4g among the data, means of the last %d steps: less than %g of it (Guard.MinSpread)",
				samples, data, p.config.Guard.Window, bound),
			"take the entropy term or more of it, more noise in the chain, or more restarts of the replay buffer: samples are all alike"}
	}
	return nil
}

func (p patient) last(name string) float64 {
	values := p.metrics.columns[name]
	return values[len(values)-1]
}

// mean is that of a metric over the window, and whether there are so many steps.
func (p patient) mean(name string) (value float64, whole bool) {
	values, window := p.metrics.columns[name], p.config.Guard.Window
	if len(values) < window {
		return 0, false
	}
	for _, v := range values[len(values)-window:] {
		value += v / float64(window)
	}
	return value, true
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
