package losses

import (
	"fmt"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
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
	for _, term := range Improved() {
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

	Samples *Node // x⁻, the chains' ends, differentiable in the parameters through the chain: [batch, ...]
	Slope   *Node // ∂/∂x Σ E(x) at the samples, held constant: [batch, ...]

	Reference *Node // samples of the replay buffer: [references, ...]
	// EntropyOn is a scalar, 1 or 0: whether the buffer holds enough samples for [KLEntropy].
	EntropyOn *Node
}

// NewBatch evaluates the energy at data and at samples, which are the end of a chain and differentiable through it.
func NewBatch(energy Energy, data, samples, reference, entropyOn *Node) Batch {
	x := Identity(StopGradient(samples))
	energySamples := energy(x)
	return Batch{
		EnergyData:    energy(data),
		EnergySamples: energySamples,
		Samples:       samples,
		Slope:         StopGradient(Gradient(ReduceAllSum(energySamples), x)[0]),
		Reference:     StopGradient(reference),
		EntropyOn:     entropyOn,
	}
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
