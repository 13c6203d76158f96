package layers

import . "github.com/gomlx/gomlx/core/graph"

// shift is x + b and scale is s x, for b and s of x's rank with axes of 1 where they are the same for all of x. Unlike GoMLX's rules, theirs
// leave out the gradient in b and s where those are constant, and with it a pass over all of x.

func shift(x, b *Node) *Node {
	y := Add(x, b)
	return withRule(y, func(v *Node) []*Node {
		if constant(b) {
			return []*Node{v, nil}
		}
		return []*Node{v, sumTo(b, v)}
	})
}

func scale(x, s *Node) *Node {
	y := Mul(x, s)
	return withRule(y, func(v *Node) []*Node {
		if constant(s) {
			return []*Node{scale(v, s), nil}
		}
		return []*Node{scale(v, s), sumTo(s, Mul(v, x))}
	})
}

// sumTo sums v over the axes along which b is the same for all.
func sumTo(b, v *Node) *Node {
	var axes []int
	for axis, dim := range b.Shape().Dimensions {
		if dim == 1 && v.Shape().Dim(axis) > 1 {
			axes = append(axes, axis)
		}
	}
	if len(axes) == 0 {
		return v
	}
	return ReduceAndKeep(v, ReduceSum, axes...)
}
