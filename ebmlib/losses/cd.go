package losses

import . "github.com/gomlx/gomlx/core/graph"

// ContrastiveDivergence is the classic term, "cd" (equation 3 of the paper, first line):
//
//	mean E(x⁺) - mean E(x⁻)
//
// over batch and scales, the samples x⁻ held constant: it lowers the energy of data and raises that of samples.
func ContrastiveDivergence(weight float64) Term {
	return Term{"cd", weight, func(b Batch) *Node {
		return Sub(ReduceAllMean(b.EnergyData), ReduceAllMean(b.EnergySamples))
	}}
}
