package train

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/losses"
	"ebm/ebmlib/samplers"
)

// This file has the errors of a graph that a user's model, chain or loss term makes.

// fault is an error that says whose it is.
type fault struct{ error }

// blame runs what somebody wrote. Whatever it panics with, a text or the like too, becomes a fault of theirs, unless it is another's already: a
// chain evaluates the model.
func blame(whose string, f func()) {
	panicked := exceptions.Try(f)
	if panicked == nil {
		return
	}
	if err, is := panicked.(error); is && errors.As(err, new(fault)) {
		panic(err)
	}
	panic(fault{fmt.Errorf("%s: %v", whose, panicked)})
}

// plain is a graph's error. Of a fault it leaves out what GoMLX puts around it, which is about its inside.
func plain(err error) error {
	var f fault
	if errors.As(err, &f) {
		return f
	}
	return err
}

// terms are the objective's, whose faults name them.
func (c Config) terms() []losses.Term {
	var terms []losses.Term
	for _, term := range c.Terms {
		loss, name := term.Loss, fmt.Sprintf("term %q", term.Name)
		term.Loss = func(b losses.Batch) (value *Node) {
			blame(name, func() { value = loss(b) })
			if value == nil {
				panic(fault{fmt.Errorf("%s must return a scalar; it returned nothing", name)})
			}
			if want := shapes.Make(b.EnergyData.DType()); !value.Shape().Equal(want) {
				panic(fault{fmt.Errorf("%s must return a scalar, %s; it returned %s", name, want, value.Shape())})
			}
			return value
		}
		terms = append(terms, term)
	}
	return terms
}

// checkStep panics if what a chain's step returns doesn't fit the state it started from.
func checkStep(from, to samplers.State, info samplers.Info) {
	x := from.X.Shape()
	each := shapes.Make(x.DType, x.Dim(0))
	for _, part := range []struct {
		name     string
		node     *Node
		want     shapes.Shape
		optional bool
	}{
		{"State.X", to.X, x, false},
		{"State.Random", to.Random, from.Random.Shape(), false},
		{"State.Velocity", to.Velocity, x, true},
		{"Info.GradientNorm", info.GradientNorm, each, false},
		{"Info.Distance", info.Distance, each, false},
		{"Info.Acceptance", info.Acceptance, each, true},
		{"Info.Velocity", info.Velocity, x, true},
		{"Info.Gradient", info.Gradient, x, true},
	} {
		if part.node == nil && !part.optional {
			exceptions.Panicf("it returns no %s; that must be %s", part.name, part.want)
		}
		if part.node != nil && !part.node.Shape().Equal(part.want) {
			exceptions.Panicf("it returns a %s of %s; that must be %s", part.name, part.node.Shape(), part.want)
		}
	}
}
