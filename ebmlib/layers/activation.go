package layers

import . "github.com/gomlx/gomlx/core/graph"

// Swish is x σ(x), the activation of all the reference's networks: smooth, so that the chain's gradient field is.
//
// Its derivative is taken as σ + y (1 - σ), y the output: half the products of the one that the product rule gives, for
// the operation that touches every value of the network.
func Swish(x *Node) *Node {
	sigma := Sigmoid(x)
	y := Mul(x, sigma)
	return withRule(y, func(v *Node) []*Node {
		slope := Add(sigma, Mul(y, OneMinus(sigma)))
		return []*Node{Mul(v, slope), nil}
	})
}
