package samplers

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// metropolis is the acceptance test of Metropolis and Hastings: each row of x gives way to its proposal with probability
//
//	a = min(1, exp(logRatio)), and 0 for a proposal outside the bounds,
//
// namely if its uniform [batch] in [0, 1) is below a. A logRatio [batch] of NaN, which comes of a proposal so far off that its energy
// overflows, counts as -∞.
//
// The new x is differentiable as x and proposal are; which of them it is counts as given.
func metropolis(x, proposal, logRatio, uniform *Node, lowest, highest float64) (next, acceptance *Node) {
	zero, one := ScalarZero(x.Graph(), x.DType()), ScalarOne(x.Graph(), x.DType())
	logRatio = StopGradient(logRatio)
	acceptance = Where(GreaterOrEqual(logRatio, zero), one, Where(LessThan(logRatio, zero), Exp(logRatio), zero))
	if bounded(lowest, highest) {
		acceptance = Where(outside(StopGradient(proposal), lowest, highest), zero, acceptance)
	}
	return Where(LessThan(uniform, acceptance), proposal, x), acceptance
}

// drawUniform draws what metropolis decides by for samples like x.
func drawUniform(random, x *Node) (newRandom, uniform *Node) {
	return RandomUniform(random, shapes.Make(x.DType(), x.Shape().Dim(0)))
}

// refuseNoise panics if the state has a factor on the noise, which only Langevin dynamics takes.
func refuseNoise(chain string, s State) {
	if s.Noise != nil {
		Panicf("%s: State.Noise is set, but only samplers.Langevin takes a factor on its noise", chain)
	}
}
