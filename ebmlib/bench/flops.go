package bench

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
)

// This file counts the arithmetic of a piece of work, so that all contenders are measured against the same count, whatever they
// compute.

// EnergyFLOPs is F, the floating-point operations of an energy at one example: those of its convolutions and matrix products, a
// multiplication and an addition counted as two. What else there is (norms, activations, pooling, softmax) isn't counted. It is counted
// on the graph of the energy as the layers state it, not as they lower it for an engine.
//
// It is an error if the model doesn't take such examples.
func EnergyFLOPs(energy models.Model, example []int) (float64, error) {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		return 0, err
	}
	g := NewGraph(unlowered{engine.Backend}, "energy")
	defer g.Finalize()
	var flops float64
	err = exceptions.TryCatch[error](func() {
		x := Parameter(g, "x", shapes.Make(dtypes.Float32, append([]int{1}, example...)...))
		flops = newCount().below(energy.Energy(model.NewStore().RootScope(), x, nil))
	})
	return flops, err
}

// unlowered is an engine that the layers know no lowerings for. Graphs are built on it and never run.
type unlowered struct{ compute.Backend }

func (unlowered) Name() string   { return "unlowered" }
func (unlowered) String() string { return "unlowered" }

// count adds up the operations of a graph.
type count struct {
	counted map[*Node]bool
	varies  map[*Node]bool // whether it depends on the input or on parameters
}

func newCount() count { return count{make(map[*Node]bool), make(map[*Node]bool)} }

// below is the operations of a node and of what it is computed from, each counted once.
func (c count) below(node *Node) float64 {
	if c.counted[node] {
		return 0
	}
	c.counted[node] = true
	var flops float64
	c.varies[node] = node.Type() == NodeTypeParameter
	for _, input := range node.Inputs() {
		flops += c.below(input)
		c.varies[node] = c.varies[node] || c.varies[input]
	}
	return flops + c.of(node)
}

// of is the operations of a node alone. A product with a constant, by which a layer pools, isn't counted.
func (c count) of(node *Node) float64 {
	kind := node.Type()
	if kind != NodeTypeConvGeneral && kind != NodeTypeDotGeneral || !c.varies[node.Inputs()[0]] || !c.varies[node.Inputs()[1]] {
		return 0
	}
	left, right, out := node.Inputs()[0].Shape(), node.Inputs()[1].Shape(), node.Shape()
	if kind == NodeTypeConvGeneral { // Kernels are [out, in, height, width].
		return 2 * float64(out.Size()) * float64(right.Size()/right.Dim(0))
	}
	// Of a product [..., m, k] [..., k, n] -> [..., m, n] the left side has m k entries for every m n of the output.
	return 2 * float64(left.Size()) * float64(out.Dim(-1))
}

// FLOPs is the operations of a timed step of the work. With F those of the energy at the whole batch (see [EnergyFLOPs]), T the steps of
// its chain, K those that the KL term is differentiated through, and κ the share of the batch that the KL terms take, 0 without them:
//
//	training   (2T + 6 + κ(1 + 4K)) F
//	sampling   2T F
//
// For what is linear in its weights costs F to evaluate, F to take a gradient back through to x, and F to take it in the weights. So
// an energy and its gradient in x are 2F, and there are T of them. The energies of the data and of the samples with their gradients in
// the weights are 3F each. For the KL terms the energy's gradient at the samples is one more way back, 1F: its evaluation is
// that of the samples' energy. And a step x' = x - s ∂E/∂x is differentiated in the weights by going once more through all that
// computed it: through the way back to x, and then through the evaluation, each of which takes a gradient in its inputs and one in the
// weights, 4F. The rest of a step (the transitions, the nearest neighbours, the optimiser) isn't counted.
func (w Work) FLOPs() (float64, error) {
	one, err := EnergyFLOPs(w.Config.Model, w.Example)
	if err != nil {
		return 0, err
	}
	c := w.Config
	passes := 2 * float64(c.Steps)
	if !w.Sampling {
		passes += 6 + w.klShare()*(1+4*float64(c.KLSteps))
	}
	return passes * one * float64(c.Batch), nil
}

// klShare is the share of the batch that the KL terms take; 0 if there are none.
func (w Work) klShare() float64 {
	c := w.Config
	for _, term := range c.Terms {
		if term.Weight == 0 || term.Name != losses.KLEnergy(0).Name && term.Name != losses.KLEntropy(0).Name {
			continue
		}
		if c.KLSamples > 0 {
			return float64(c.KLSamples) / float64(c.Batch)
		}
		return 1
	}
	return 0
}

// Gradients is how many gradients of the energy in x the chains of a timed step take: one for each sample and chain step.
func (w Work) Gradients() int { return w.Config.Steps * w.Config.Batch }
