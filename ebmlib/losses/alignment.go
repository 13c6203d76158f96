package losses

import (
	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// HMCAlignment is the penalty of the reference's HMC chain, "hmc_alignment", with weight 0.01 there:
//
//	mean |cos(v, ∂E/∂x)|
//
// over the batch, v being the velocity and ∂E/∂x the energy's gradient at the end of each trajectory, taken as vectors of a
// sample's length. It asks for motion across the slope rather than along it. Where one of the two vectors is 0 the cosine counts as 0.
func HMCAlignment(weight float64) Term {
	return Term{"hmc_alignment", weight, func(b Batch) *Node {
		if b.Velocity == nil || b.Gradient == nil {
			Panicf("loss term hmc_alignment: the chain gives no velocity; only samplers.HMC does, so take it or leave out the term")
		}
		return ReduceAllMean(Abs(ReduceSum(Mul(directions(b.Velocity), directions(b.Gradient)), 1)))
	}}
}

// directions divides each row of x [batch, ...] by its L2 norm: [batch, dims]. A row of zeros stays as it is.
func directions(x *Node) *Node {
	x = Reshape(x, x.Shape().Dim(0), -1)
	square := ReduceAndKeep(Square(x), ReduceSum, 1)
	zero := Equal(square, ZerosLike(square))
	return Div(x, Sqrt(Where(zero, OnesLike(square), square)))
}
