package layers

import . "github.com/gomlx/gomlx/core/graph"

// Swish is x σ(x), the activation of all the reference's networks: smooth, so that the chain's gradient field is.
//
// Its derivative is taken as σ + y (1 - σ), y the output: half the products of the one that the product rule gives, for
// the operation that touches every value of the network.
func Swish(x *Node) *Node {
	sigma := sigmoid(x)
	y := Mul(x, sigma)
	return withRule(y, func(v *Node) []*Node {
		slope := Add(sigma, Mul(y, OneMinus(sigma)))
		return []*Node{Mul(v, slope), nil}
	})
}

// sigmoid is GoMLX's. On the pure Go engine x is copied first: its vector products (GOEXPERIMENT=simd) leave the upper halves of registers set,
// with which Go's exponential takes up to forty times as long, and copying clears them.
func sigmoid(x *Node) *Node {
	if engine(x.Graph()) == goEngine {
		x = Identity(x)
	}
	return Sigmoid(x)
}
