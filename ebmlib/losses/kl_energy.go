package losses

import . "github.com/gomlx/gomlx/core/graph"

// KLEnergy is the energy part of the KL term, "kl_energy" (section 3.1 of the paper):
//
//	mean E_stop(x⁻(θ))
//
// over samples and scales: the parameters of the outer E are held constant, and the sample x⁻ is differentiated through the
// chain that made it. It trains the energy so that its chains end where the energy is low.
//
// With the outer parameters constant, the chain rule leaves only the path through x⁻: the gradient is that of
// (slope · x⁻) / (samples · scales) with slope = ∂E/∂x at x⁻ constant. That is what is built, at no further evaluation of E.
func KLEnergy(weight float64) Term {
	return Term{"kl_energy", weight, func(b Batch) *Node {
		energies := first(StopGradient(b.EnergySamples), b.Samples.Shape().Dim(0))
		path := MulScalar(ReduceAllSum(Mul(b.Slope, b.Samples)), 1/float64(energies.Shape().Size()))
		return Add(ReduceAllMean(energies), Sub(path, StopGradient(path)))
	}}
}
