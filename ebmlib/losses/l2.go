package losses

import . "github.com/gomlx/gomlx/core/graph"

// EnergyL2 keeps the energies near zero, "l2": mean E(x⁺)² + mean E(x⁻)², over batch and scales. The paper's
// objective leaves the energy's level free; without this it wanders.
func EnergyL2(weight float64) Term {
	return Term{"l2", weight, func(b Batch) *Node {
		return Add(ReduceAllMean(Square(b.EnergyData)), ReduceAllMean(Square(b.EnergySamples)))
	}}
}
