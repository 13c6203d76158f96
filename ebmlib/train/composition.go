package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/layers"
	"ebm/ebmlib/samplers"
)

// Composition is the sum of the energies of runs, weighted, each by its moving average of the weights (the paper's section 4.4):
//
//	E(x) = Σ_i w_i E_i(x | label_i),    p(x) ∝ Π_i p_i(x | label_i)^w_i
//
// What it samples has what each part was trained on, and of a part whose weight is below 0 it has the opposite:
//
//	young := train.Composition{{Run: smiling, Weight: 1}, {Run: old, Weight: -0.1}}
//	samples, err := young.Sample(64, 300)
//
// A conditional run may stand in it several times, with other labels. The chain, what it starts from, the transitions and the seed are
// the first run's; a sum of energies is steeper than each, and may need a smaller step size: see [Sampling].
//
// Errors: no parts; runs of examples of other shapes, or without weights yet; a weight of 0 or that is not finite; a label for an
// unconditional run, or one that is none of the run's classes.
type Composition []Part

// Part is the energy of a run in a [Composition].
type Part struct {
	Run    *Run
	Weight float64 // of the energy; below 0 it is negated

	// Labels of a conditional run: one for all samples, or one for each. None: samples are of all classes in turn.
	Labels []int32
}

// alone is the run's own energy, of these labels.
func (r *Run) alone(labels []int32) Composition {
	return Composition{{Run: r, Weight: 1, Labels: labels}}
}

// Sample draws n samples of the composition, as [Run.Sample] does of a run: float32 [n, ...].
func (c Composition) Sample(n, steps int) (*tensors.Tensor, error) {
	return c.SampleWith(Sampling{Count: n, From: Noise, Rounds: 1, Steps: steps})
}

// Energies evaluates the composed energy at x [n, ...]: n energies. Conditional runs need labels.
func (c Composition) Energies(x *tensors.Tensor) ([]float64, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if x == nil {
		return nil, fmt.Errorf("energies of %s at nil: give [n, ...] of examples of shape %v", c.name(), c[0].Run.example)
	}
	if x.Rank() == 0 {
		return nil, fmt.Errorf("energies of %s at %s: that is a single number; give [n, ...] of examples of shape %v", c.name(), x.Shape(), c[0].Run.example)
	}
	b, err := c.bind(x.Shape().Dim(0))
	if err != nil {
		return nil, err
	}
	exec := model.MustNewExec(b.first.engine.Backend, b.weights, func(scope *model.Scope, x *Node) *Node {
		return ReduceSum(b.energyAt(scope, x.Graph())(x), 1)
	})
	defer exec.Finalize()
	own, err := x.LocalClone() // x itself would be left with a copy on the engine, which the garbage collector doesn't reach.
	if err != nil {
		return nil, err
	}
	defer own.FinalizeAll()
	outputs, err := exec.Call(own)
	if err != nil {
		return nil, fmt.Errorf("energies of %s at %s: %w", c.name(), x.Shape(), plain(err))
	}
	defer outputs[0].FinalizeAll()
	values, err := tensors.CopyFlatData[float32](outputs[0])
	if err != nil {
		return nil, err
	}
	energies := make([]float64, len(values))
	for i, value := range values {
		energies[i] = float64(value)
	}
	return energies, nil
}

// name names the runs.
func (c Composition) name() string {
	names := make([]string, len(c))
	for i, part := range c {
		names[i] = part.Run.Dir
	}
	if len(c) == 1 {
		return "run " + names[0]
	}
	return "the composition of runs " + strings.Join(names, ", ")
}

func (c Composition) check() error {
	if len(c) == 0 {
		return errors.New("the composition has no parts: give at least one, such as train.Part{Run: run, Weight: 1}")
	}
	for i, part := range c {
		if part.Run == nil {
			return fmt.Errorf("part %d of the composition has no run: open it with train.Load", i+1)
		}
		if err := part.Run.trained(); err != nil {
			return err
		}
		if part.Weight == 0 || math.IsNaN(part.Weight) || math.IsInf(part.Weight, 0) {
			return fmt.Errorf("run %s has the weight %g in the composition: it must be finite and not 0 (1 leaves its energy as it is, and below 0 it is "+
				"negated)", part.Run.Dir, part.Weight)
		}
		if first := c[0].Run; !slices.Equal(part.Run.example, first.example) {
			return fmt.Errorf("runs %s and %s can't be composed: an example of the one is of shape %v, of the other %v", first.Dir, part.Run.Dir,
				first.example, part.Run.example)
		}
	}
	return nil
}

// bound is a composition for n samples, its labels given and its weights in one store.
type bound struct {
	name    string
	first   *Run
	config  Config // the first run's
	n       int
	labels  [][]int32 // of each part; none of one that is unconditional
	weights *model.Store
	loop    bool                                                     // chains are loops on the device
	energy  func(scope *model.Scope, labels []*Node) samplers.Energy // with the labels of the parts that are conditional
}

// bind checks the labels for n samples and copies the weights, of a composition that was checked.
func (c Composition) bind(n int) (*bound, error) {
	labels := make([][]int32, len(c))
	var runs []*Run // Each once: what it is composed of may be one run under several labels.
	half := true
	for i, part := range c {
		var err error
		if labels[i], err = part.Run.labels(n, part.Labels); err != nil {
			return nil, err
		}
		if !slices.Contains(runs, part.Run) {
			runs = append(runs, part.Run)
		}
		half = half && part.Run.Config.BFloat16
	}
	weights := model.NewStore()
	for i, run := range runs {
		if err := run.copyAverage(weights, fmt.Sprintf("/run%d", i+1)); err != nil {
			return nil, err
		}
	}
	// Engines compile constants faster, but XLA, which computes with them for a long time.
	weights.WithVariableAsConst(c[0].Run.engine.Kind != "xla")
	energy := func(scope *model.Scope, labels []*Node) samplers.Energy {
		var energies []samplers.Energy
		for _, part := range c {
			config := part.Run.Config
			config.BFloat16 = half // It is of a whole graph, so in bfloat16 is only what all runs have in it.
			scope := scope.At("run%d", slices.Index(runs, part.Run)+1)
			var condition *Node
			if config.Classes > 0 {
				condition, labels = config.condition(labels[0]), labels[1:]
			}
			energy := func(x *Node) *Node { return config.energy(scope, x, condition) }
			energies = append(energies, samplers.Scale(energy, part.Weight))
		}
		return layers.HoldParameters(samplers.Sum(energies...))
	}
	return &bound{
		name: c.name(), first: c[0].Run, config: c[0].Run.Config, n: n, labels: labels, weights: weights, loop: loops(c[0].Run.engine), energy: energy,
	}, nil
}

// energyAt is the energy of all of the labels in a graph.
func (b *bound) energyAt(scope *model.Scope, g *Graph) samplers.Energy {
	var labels []*Node
	for _, given := range b.given() {
		labels = append(labels, Const(g, given))
	}
	return b.energy(scope, labels)
}

// given are the labels of the parts that have any.
func (b *bound) given() (labels []any) {
	for _, of := range b.labels {
		if len(of) > 0 {
			labels = append(labels, of)
		}
	}
	return labels
}

// slice is the composition for the samples from one number up to another.
func (b *bound) slice(from, to int) *bound {
	s := *b
	s.n, s.labels = to-from, slices.Clone(b.labels)
	for i, of := range s.labels {
		if len(of) > 0 {
			s.labels[i] = of[from:to]
		}
	}
	return &s
}

// inTurn gives the parts of conditional runs that have no labels all classes in turn, for n samples.
func (c Composition) inTurn(n int) Composition {
	c = slices.Clone(c)
	for i, part := range c {
		if classes := part.Run.Config.Classes; classes > 0 && len(part.Labels) == 0 {
			c[i].Labels = make([]int32, n)
			for k := range n {
				c[i].Labels[k] = int32(k % classes)
			}
		}
	}
	return c
}

// copyAverage copies the moving average of the weights into a store, under that path.
func (r *Run) copyAverage(weights *model.Store, path string) error {
	for variable := range r.store.Scope(averagePath).IterVariables() {
		value, err := variable.MustValue().LocalClone()
		if err != nil {
			return err
		}
		if err := create(weights, path+variable.Path()[len(averagePath):], value); err != nil {
			return err
		}
	}
	return nil
}
