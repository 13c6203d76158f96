package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"ebm/ebmlib/samplers"
)

// Diagnosis is what is wrong with a training. Its names are "not finite", "energies ran away", "energy difference ran away", "gradient
// explosion", "step size out of proportion", "dead chains" and "collapsed buffer".
type Diagnosis struct {
	Name     string `json:"diagnosis"`
	Evidence string `json:"evidence"` // which quantities had which values
	Advice   string `json:"advice"`   // what to change
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
		patient.notFinite, patient.energies, patient.difference, patient.gradient,
		patient.farSteps, patient.deadChains, patient.saturated, patient.collapsed,
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
		evidence = append(evidence, fmt.Sprintf("the gradients of %d of %d weights are not finite, the first that of %s",
			len(weights), len(p.weights), weights[0]))
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
			fmt.Sprintf("E(data) - E(samples) is %.4g, mean of the last %d steps, beyond ±%g (Guard.MaxDifference)",
				value, p.config.Guard.Window, bound),
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
		fmt.Sprintf("the gradient's norm is %.4g, median of the last %d steps, and was %.4g in the %d before: more than %g times as much "+
			"(Guard.MaxGradient); the largest part is that of %s",
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
			fmt.Sprintf("a step of the chain moves a sample by %.4g, mean of the last %d steps, and the whole space is %.4g across: "+
				"more than %g of it (Guard.MaxMove)",
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
		fmt.Sprintf("%s and %.4g of the steps are accepted, means of the last %d steps: samples move less than %g of the space's diagonal %.4g "+
			"(Guard.MinMove)",
			evidence, acceptance, p.config.Guard.Window, bound, p.diagonal()),
		"take a step size that fits (larger for a flat energy, smaller for MALA and HMC), or look for a layer that gives zero"}
}

func (p patient) saturated() *Diagnosis {
	if _, _, bounded := p.config.bounds(); !bounded {
		return nil
	}
	bound := p.config.Guard.MinInside
	if data, samples, below := p.below("inside", bound); below {
		return &Diagnosis{"dead chains",
			fmt.Sprintf("%.3g%% of the samples' pixels are neither black nor white, and %.3g%% of the data's, means of the last %d steps: "+
				"less than %g as many (Guard.MinInside)",
				100*samples, 100*data, p.config.Guard.Window, bound),
			"take a smaller step size, more noise, or more restarts of the replay buffer: saturated samples can't move"}
	}
	return nil
}

func (p patient) collapsed() *Diagnosis {
	if p.config.Batch < 2 {
		return nil
	}
	bound := p.config.Guard.MinSpread
	if data, samples, below := p.below("spread", bound); below {
		return &Diagnosis{"collapsed buffer",
			fmt.Sprintf("from a sample to the nearest of its batch it is %.4g, and %.4g among the data, means of the last %d steps: "+
				"less than %g of it (Guard.MinSpread)",
				samples, data, p.config.Guard.Window, bound),
			"take the entropy term or more of it, more noise in the chain, or more restarts of the replay buffer: samples are all alike"}
	}
	return nil
}

// below gives the means of a measure of data and samples over the window, and whether the samples' is less than that share of the data's.
func (p patient) below(measure string, share float64) (data, samples float64, below bool) {
	data, whole := p.mean(measure + "_data")
	samples, _ = p.mean(measure + "_samples")
	return data, samples, whole && samples < share*data
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
