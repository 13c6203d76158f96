package losses_test

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/losses"
)

// The paper's objective without its entropy part, and with a term of one's own.
func Example() {
	gap := losses.Term{Name: "gap", Weight: 0.1, Loss: func(b losses.Batch) *Node {
		return Abs(Sub(ReduceAllMean(b.EnergyData), ReduceAllMean(b.EnergySamples)))
	}}
	objective := []losses.Term{
		losses.ContrastiveDivergence(1),
		losses.EnergyL2(1),
		losses.KLEnergy(1),
		gap,
	}
	for _, term := range objective {
		fmt.Printf("%g %s\n", term.Weight, term.Name)
	}
	// Output:
	// 1 cd
	// 1 l2
	// 1 kl_energy
	// 0.1 gap
}
