package layers

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// This file has what GoMLX's differentiation lacks for gradients of gradients: rules of our own for nodes of our own, the
// rules of two operations, and parameters held constant.

// rule gives, for the gradient v of a node's output, the gradient of each of its inputs; nil for none.
type rule func(v *Node) []*Node

// state is what this package keeps of a graph while it is built.
type state struct {
	rules      map[NodeId]rule
	constants  map[NodeId]bool  // see hold
	parameters map[NodeId]bool  // nodes that are made of parameters alone
	prepared   map[NodeId]*Node // see prepared
	held       bool             // see HoldParameters
	inputsOnly bool             // see InputGradient
	precision  dtypes.DType     // see ComputeIn
}

type stateKey struct{}

func stateOf(g *Graph) *state {
	if s, ok := g.State(stateKey{}).(*state); ok {
		return s
	}
	s := &state{
		rules: make(map[NodeId]rule), constants: make(map[NodeId]bool), parameters: make(map[NodeId]bool), prepared: make(map[NodeId]*Node),
	}
	g.AttachState(stateKey{}, s)
	return s
}

// withRule gives a node a rule of its own, in place of GoMLX's. The node's type must be one of those in init.
func withRule(node *Node, r rule) *Node {
	stateOf(node.Graph()).rules[node.Id()] = r
	return node
}

// composite is what value makes of the inputs, in any way, with a rule of its own.
//
// GoMLX hands the gradient of value's node on to another, which here is a number that depends on one entry of each input:
// it is never used, and next to nothing to compute.
func composite(value func() *Node, r rule, inputs ...*Node) *Node {
	link := func() *Node {
		zero := ScalarZero(inputs[0].Graph(), inputs[0].DType())
		return withRule(SchedulingBarrier(zero, inputs...), func(v *Node) []*Node { return append([]*Node{nil}, r(v)...) })
	}
	output, _ := InternalFusedOpCaller(value, link, true)
	return output
}

func init() {
	for _, nodeType := range []NodeType{NodeTypeConvGeneral, NodeTypeDotGeneral, NodeTypeMul, NodeTypeAdd, NodeTypeSub, NodeTypeSchedulingBarrier} {
		gomlx := VJPRegistration[nodeType]
		VJPRegistration[nodeType] = func(node *Node, v []*Node, outputShape shapes.Shape) []*Node {
			if ours, found := stateOf(node.Graph()).rules[node.Id()]; found {
				return ours(v[0])
			}
			return gomlx(node, v, outputShape)
		}
	}

	VJPRegistration[NodeTypeIdentity] = func(node *Node, v []*Node, _ shapes.Shape) []*Node {
		return v
	}
	// Reversing is a permutation and its own inverse, so its gradient is the same reversal.
	VJPRegistration[NodeTypeReverse] = func(node *Node, v []*Node, _ shapes.Shape) []*Node {
		return []*Node{node.CloneWithInputs(v[0])}
	}
}

// HoldParameters is an energy (or any function of x) with the parameters of this package's layers held constant in it. A chain
// walks on such an energy, but for the steps that training differentiates: nothing would come of the gradients in the
// weights, and not every engine leaves out what nothing comes of.
func HoldParameters(f func(x *Node) *Node) func(x *Node) *Node {
	return func(x *Node) *Node {
		s := stateOf(x.Graph())
		before := s.held
		s.held = true
		defer func() { s.held = before }()
		return f(x)
	}
}

// hold makes a node constant, and marks it, so that the rules of this package leave out the gradient in it. Only what is marked
// is left out: GoMLX's own StopGradient also stands before an x whose gradient is wanted.
func hold(node *Node) *Node {
	node = StopGradient(node)
	stateOf(node.Graph()).constants[node.Id()] = true
	return node
}

// InputGradient is the gradient of Σ output in x. Within it the rules of this package leave out the gradients in parameters, which
// nobody asks for: on an engine that runs what no output needs they would double the time. It can itself be differentiated in
// the parameters.
func InputGradient(output, x *Node) *Node {
	s := stateOf(x.Graph())
	before := s.inputsOnly
	s.inputsOnly = true
	defer func() { s.inputsOnly = before }()
	return Gradient(ReduceAllSum(output), x)[0]
}

// ofParameters marks a node that is made of parameters alone; it is constant where they are held.
func ofParameters(node *Node) *Node {
	s := stateOf(node.Graph())
	if s.held {
		return hold(node)
	}
	s.parameters[node.Id()] = true
	return node
}

// constant tells whether no gradient is wanted in a node: it was held, or it is of parameters within [InputGradient]; perhaps
// reshaped, transposed, broadcast or reversed since.
func constant(node *Node) bool {
	s := stateOf(node.Graph())
	for !s.constants[node.Id()] && !(s.inputsOnly && s.parameters[node.Id()]) {
		if len(node.Inputs()) != 1 {
			return false
		}
		node = node.Inputs()[0]
	}
	return true
}
