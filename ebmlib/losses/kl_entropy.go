package losses

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// KLEntropy is the entropy part of the KL term, "kl_entropy" (section 3.1 of the paper): minus the nearest-neighbour estimate
// of the samples' entropy, but for its constants,
//
//	-mean_i log min_j ‖x⁻_i(θ) - r_j‖₂
//
// with r the reference samples of the replay buffer. It is differentiated through x⁻ and drives the samples apart.
// While the buffer holds too few samples it is 0.
func KLEntropy(weight float64) Term {
	return Term{"kl_entropy", weight, func(b Batch) *Node {
		x := Reshape(b.Samples, b.Samples.Shape().Dim(0), -1)
		reference := Reshape(b.Reference, b.Reference.Shape().Dim(0), -1)

		// Which neighbour is nearest needs no gradient, so a matrix product finds it: ‖x-r‖² = ‖x‖² - 2 x·r + ‖r‖², where
		// ‖x‖² is the same for all r. The distance itself is then taken from the difference, free of cancellation.
		products := DotGeneral(StopGradient(x), []int{1}, nil, reference, []int{1}, nil)
		squares := Reshape(ReduceSum(Square(reference), 1), 1, -1)
		nearest := ArgMin(Sub(squares, MulScalar(products, 2)), 1, dtypes.Int32)
		neighbour := StopGradient(Gather(reference, Reshape(nearest, -1, 1)))

		square := ReduceSum(Square(Sub(x, neighbour)), 1)
		// Off, the distances are 1: multiplying by 0 would make NaN of one that is 0.
		on := GreaterThan(b.EntropyOn, ScalarZero(x.Graph(), b.EntropyOn.DType()))
		return MulScalar(ReduceAllMean(Log(Where(on, square, OnesLike(square)))), -0.5)
	}}
}
