package layers

import . "github.com/gomlx/gomlx/core/graph"

// This file has what layers make of a parameter alone, before an x is at hand: a standardised kernel, say. It is made once in a graph, and a
// graph whose chain takes it from another doesn't make it at all.

// prepared is what prepare makes of a parameter, made only once in a graph.
func prepared(parameter *Node, prepare func(parameter *Node) *Node) *Node {
	s := stateOf(parameter.Graph())
	if s.prepared[parameter.Id()] == nil {
		s.prepared[parameter.Id()] = prepare(parameter)
	}
	return s.prepared[parameter.Id()]
}

// Prepared is what the layers of a parameter's graph have made of it before they used it with an x, or nil if they use it as it is.
func Prepared(parameter *Node) *Node {
	if made := stateOf(parameter.Graph()).prepared[parameter.Id()]; made != parameter {
		return made
	}
	return nil
}

// Prepare gives the layers of a parameter's graph what [Prepared] gave in another graph. They take it as held: see [HoldParameters].
func Prepare(parameter, prepared *Node) {
	stateOf(parameter.Graph()).prepared[parameter.Id()] = prepared
}
