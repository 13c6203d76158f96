package samplers

import (
	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// Sum is the energy of a product of densities, in which x must be likely by each:
//
//	E(x) = Σ_i E_i(x)    [batch, 1],    exp(-E) = Π_i exp(-E_i)
//
// Each energy is summed over its scales first, so that those of different numbers of scales add up.
func Sum(energies ...Energy) Energy {
	return func(x *Node) *Node {
		if len(energies) == 0 {
			Panicf("samplers.Sum: no energies are given; give at least one")
		}
		var sum *Node
		for _, energy := range energies {
			e := ReduceAndKeep(energy(x), ReduceSum, 1)
			if sum == nil {
				sum = e
				continue
			}
			sum = Add(sum, e)
		}
		return sum
	}
}

// Scale is the energy times a weight, weight E(x) [batch, scales], of the density exp(-E) to that power: above 1 it is sharper, below
// 1 flatter. With a weight below 0 it is the negation of the paper's section on composition: what was likely becomes unlikely.
func Scale(energy Energy, weight float64) Energy {
	return func(x *Node) *Node { return MulScalar(energy(x), weight) }
}
