package models

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Model is a network that gives an energy: a plain struct whose exported fields a run's configuration records. One of
// your own imports what is in this signature from "github.com/gomlx/gomlx/core/graph" and "github.com/gomlx/gomlx/ml/model"; the layers of ebmlib are such
// that they can be differentiated twice, as the KL term does.
type Model interface {
	// Energy maps a batch x ([batch, channels, height, width] or [batch, dims]) to energies [batch, scales], with the parameters
	// that scope holds. condition is [batch, conditions], or nil for an unconditional energy.
	Energy(scope *model.Scope, x, condition *graph.Node) *graph.Node
}
