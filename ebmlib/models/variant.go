package models

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// Variant is how the reference's networks can be varied. The zero value is the paper's choice.
type Variant struct {
	Norm        Norm
	Weights     Weights
	AntiAliased bool   // blocks halve the image by layers.BlurPool instead of layers.AveragePool
	Output      Output // what is done to the energy of each scale
}

// Norm is the normalisation in the residual blocks.
type Norm int

const (
	InstanceOrGroup Norm = iota // instance norm up to 128 filters, group norm of 32 groups above
	LayerNorm                   // over all channels and positions
	NoNorm
)

var normNames = []string{"instance_or_group", "layer", "none"}

func (n Norm) String() string { return nameOf(normNames, int(n)) }

// MarshalText gives the name: "instance_or_group", "layer" or "none".
func (n Norm) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

// UnmarshalText takes one of those names.
func (n *Norm) UnmarshalText(text []byte) error { return byName(normNames, "norm", text, (*int)(n)) }

// Weights is what is done to the weights of the residual blocks' two convolutions.
type Weights int

const (
	StandardizedWeights Weights = iota // see layers.StandardizedConv; without a norm, its outputs grow from block to block
	SpectralWeights                    // divided by their largest singular value: see layers.SpectralConv
	PlainWeights                       // nothing
)

var weightsNames = []string{"standardized", "spectral", "plain"}

func (w Weights) String() string { return nameOf(weightsNames, int(w)) }

// MarshalText gives the name: "standardized", "spectral" or "plain".
func (w Weights) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText takes one of those names.
func (w *Weights) UnmarshalText(text []byte) error {
	return byName(weightsNames, "weights", text, (*int)(w))
}

// Output is the last function of an energy, applied to each scale by itself.
type Output int

const (
	PlainEnergy   Output = iota // E as the network gives it
	SquaredEnergy               // E², at least 0
	SigmoidEnergy               // 1/(1+exp(-E)), between 0 and 1
)

var outputNames = []string{"plain", "squared", "sigmoid"}

func (o Output) String() string { return nameOf(outputNames, int(o)) }

// MarshalText gives the name: "plain", "squared" or "sigmoid".
func (o Output) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText takes one of those names.
func (o *Output) UnmarshalText(text []byte) error {
	return byName(outputNames, "output", text, (*int)(o))
}

func (o Output) of(energy *Node) *Node {
	switch o {
	case PlainEnergy:
		return energy
	case SquaredEnergy:
		return Square(energy)
	case SigmoidEnergy:
		return Sigmoid(energy)
	}
	Panicf("models: there is no output %v", o)
	return nil
}

func nameOf(names []string, which int) string {
	if which < 0 || which >= len(names) {
		return fmt.Sprint(which)
	}
	return names[which]
}

func byName(names []string, kind string, text []byte, which *int) error {
	if *which = slices.Index(names, string(text)); *which < 0 {
		return fmt.Errorf("there is no %s %q: there are %s", kind, text, strings.Join(names, ", "))
	}
	return nil
}
