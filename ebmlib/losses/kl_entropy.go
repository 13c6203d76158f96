package losses

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// KLEntropy is the entropy part of the KL term, "kl_entropy" (section 3.1 of the paper): minus the nearest-neighbour estimate
// of the samples' entropy, but for its constants,
//
//	-mean_i log ‖x⁻_i(θ) - r_k(i)‖₂
//
// with r_k(i) the k-th nearest to x⁻_i of the replay buffer's reference samples, k being Batch.Neighbours: 1, the nearest, in the
// paper; larger k vary less from batch to batch (Kozachenko & Leonenko 1987). It is differentiated through x⁻ and drives the
// samples apart. While the buffer holds too few samples it is 0.
func KLEntropy(weight float64) Term {
	return Term{"kl_entropy", weight, func(b Batch) *Node {
		x := Reshape(b.Samples, b.Samples.Shape().Dim(0), -1)
		reference := Reshape(b.Reference, b.Reference.Shape().Dim(0), -1)
		neighbour := StopGradient(Gather(reference, Reshape(nearest(StopGradient(x), reference, b.Neighbours), -1, 1)))

		// The distance is taken from the difference, free of cancellation.
		square := ReduceSum(Square(Sub(x, neighbour)), 1)
		// Off, the distances are 1: multiplying by 0 would make NaN of one that is 0.
		on := GreaterThan(b.EntropyOn, ScalarZero(x.Graph(), b.EntropyOn.DType()))
		return MulScalar(ReduceAllMean(Log(Where(on, square, OnesLike(square)))), -0.5)
	}}
}

// nearest is, for each row of x [n, dims], which row of reference [references, dims] is its k-th nearest: [n].
//
// A matrix product finds it: ‖x-r‖² = ‖x‖² - 2 x·r + ‖r‖², where ‖x‖² is the same for all r.
func nearest(x, reference *Node, k int) *Node {
	references := reference.Shape().Dim(0)
	if k < 1 || k > references {
		Panicf("loss term kl_entropy: neighbour %d of %d reference samples was asked for; it must be one from 1 to their number", k, references)
	}
	products := DotGeneral(x, []int{1}, nil, reference, []int{1}, nil)
	distances := Sub(Reshape(ReduceSum(Square(reference), 1), 1, -1), MulScalar(products, 2))
	row := ArgMin(distances, 1, dtypes.Int32)
	for range k - 1 { // Put the nearest out of reach, and take the nearest of the others.
		taken := Equal(Iota(x.Graph(), distances.Shape(), 1), ConvertDType(Reshape(row, -1, 1), distances.DType()))
		distances = Where(taken, MulScalar(OnesLike(distances), math.MaxFloat32), distances)
		row = ArgMin(distances, 1, dtypes.Int32)
	}
	return row
}
