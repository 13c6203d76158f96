package layers

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// Linear maps x [batch, in] to x weightᵀ + bias, [batch, out]. Parameters: weight [out, in], bias [out].
func Linear(scope *model.Scope, x *Node, out int) *Node {
	if x.Rank() != 2 {
		Panicf("layers.Linear: x %s must be [batch, in]", x.Shape())
	}
	in := x.Shape().Dim(1)
	init := uniformByFanIn(scope, in)
	weight := parameter(scope, x, "weight", init, out, in)
	bias := parameter(scope, x, "bias", init, out)
	return shift(matMul(x, Transpose(weight, 0, 1)), Reshape(bias, 1, out))
}

// matMul is the matrix product a b for a [m, k], b [k, n], or of each pair of matrices for a [batch, m, k], b [batch, k, n].
//
// Its gradients are products of the same form with one side transposed, which is the form that engines have a fast kernel for; GoMLX's own
// rule contracts other axes, which some engines do by copying.
func matMul(a, b *Node) *Node {
	last := a.Rank() - 1
	var batch []int
	if last == 2 {
		batch = []int{0}
	}
	a, b = narrow(a), narrow(b)
	rule := func(v *Node) []*Node {
		gradients := make([]*Node, 2)
		if !constant(a) {
			gradients[0] = as(matMul(v, Transpose(b, -1, -2)), a.DType())
		}
		if !constant(b) {
			gradients[1] = as(matMul(Transpose(a, -1, -2), v), b.DType())
		}
		return gradients
	}
	if sum := wideType(a); sum != a.DType() { // The sum is not rounded again: energies are such sums.
		return composite(func() *Node {
			return Dot(a, b).WithOutputDType(sum).General([]int{last}, batch, []int{last - 1}, batch)
		}, rule, a, b)
	}
	return withRule(Dot(a, b).General([]int{last}, batch, []int{last - 1}, batch), rule)
}
