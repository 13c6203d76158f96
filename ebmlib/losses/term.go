package losses

import (
	"fmt"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/layers"
)

// Term is one term of the objective: L = Σ Weight · Loss.
type Term struct {
	Name   string              `json:"name"` // the metrics' column
	Weight float64             `json:"weight"`
	Loss   func(b Batch) *Node `json:"-"` // a scalar
}

// Improved is the whole objective of the paper with its weights: contrastive divergence, both parts of the KL
// term, and the energy regulariser.
func Improved() []Term {
	return []Term{ContrastiveDivergence(1), EnergyL2(1), KLEnergy(1), KLEntropy(0.3)}
}

// Named returns this package's term of that name, with the weight.
func Named(name string, weight float64) (Term, error) {
	var names []string
	for _, term := range append(Improved(), HMCAlignment(0)) {
		if term.Name == name {
			term.Weight = weight
			return term, nil
		}
		names = append(names, term.Name)
	}
	return Term{}, fmt.Errorf("there is no loss term named %q here (there are %s): a term of your own is known only to the "+
		"program that defines it", name, strings.Join(names, ", "))
}

// Energy maps a batch x to energies [batch, scales] inside a graph, its parameters and condition bound.
type Energy = func(x *Node) *Node

// Batch is what the terms of one training step are computed from.
type Batch struct {
	EnergyData    *Node // E(x⁺), [batch, scales]
	EnergySamples *Node // E(x⁻), [batch, scales], the samples held constant

	// Samples are x⁻, the chains' ends, differentiable in the parameters through the chain: [n, ...]. The KL terms take them of
	// the first n chains of the batch, perhaps all; the paper's reference takes 128, and 32 on small sets.
	Samples *Node
	Slope   *Node // ∂/∂x Σ E(x) at those samples, held constant: [n, ...]

	Reference *Node // samples of the replay buffer: [references, ...]
	// EntropyOn is a scalar, 1 or 0: whether the buffer holds enough samples for [KLEntropy].
	EntropyOn  *Node
	Neighbours int // [KLEntropy] measures the distance to the neighbour of this rank, 1 for the nearest

	// The velocity and ∂E/∂x at the ends of HMC's trajectories, both [n, ...] and differentiable in the parameters, for
	// [HMCAlignment]; nil for other chains.
	Velocity, Gradient *Node
}

// NewBatch evaluates the energy at the chains' ends x⁻, [batch, ...], for samples that are those of the first chains,
// differentiable. EnergyData, Reference and what else the terms need are left to the caller.
func NewBatch(energy Energy, ends, samples *Node) Batch {
	x := Identity(StopGradient(ends))
	energyEnds := energy(x)
	slope := StopGradient(layers.InputGradient(energyEnds, x))
	return Batch{
		EnergySamples: energyEnds,
		Samples:       samples,
		Slope:         first(slope, samples.Shape().Dim(0)),
		Neighbours:    1,
	}
}

// first is the first n rows of x [batch, ...].
func first(x *Node, n int) *Node {
	if n == x.Shape().Dim(0) {
		return x
	}
	return Slice(x, AxisRange(0, n))
}

// Total is Σ Weight · Loss, and the value of each Loss, unweighted, in order.
func Total(terms []Term, b Batch) (total *Node, values []*Node) {
	for _, term := range terms {
		value := term.Loss(b)
		values = append(values, value)
		weighted := MulScalar(value, term.Weight)
		if total == nil {
			total = weighted
		} else {
			total = Add(total, weighted)
		}
	}
	return total, values
}
