package models

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Energy maps a batch x ([batch, channels, height, width] or [batch, dims]) to energies [batch, scales], with the parameters
// that scope holds. condition is [batch, conditions], or nil for an unconditional energy.
type Energy func(scope *model.Scope, x, condition *graph.Node) *graph.Node

// Model is a network that gives an energy: a plain struct whose exported fields a run's configuration records.
type Model interface {
	// Energy is an [Energy].
	Energy(scope *model.Scope, x, condition *graph.Node) *graph.Node
}
