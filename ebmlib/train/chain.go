package train

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/layers"
	"ebm/ebmlib/samplers"
)

// This file has the chain of a training step, and the gradient through it.

// hold makes a step of the chain for each noise factor, with the parameters held constant.
func (c Config) hold(energy samplers.Energy, state samplers.State, noiseFactors *Node) samplers.State {
	held := layers.HoldParameters(energy)
	for step := range noiseFactors.Shape().Dim(0) {
		state, _ = c.step(held, state.Detach(), noiseFactors, Const(state.X.Graph(), int32(step)))
	}
	return state
}

// walk is the end of the chains. The first chains, as many as the KL terms take, end differentiable through the last KLSteps steps; the
// others don't.
type walk struct {
	config Config
	energy samplers.Energy // of the first chains
	noise  *Node           // the noise factors of these steps

	ends   *Node         // where all chains end, held constant: [batch, ...]
	random *Node         // the random state after them
	info   samplers.Info // of the last step of the first chains

	samples *Node   // the ends of the first chains, differentiable
	before  []*Node // what the first step they are differentiated through without computing it again starts from
	again   []made  // the steps before that to be computed again for their gradient

	slopes, moves, acceptances *Node // ‖∂E/∂x‖, the distance moved, and the acceptance at the last step of all chains: [batch]
}

// made is a step that was made: its number among these, and the state it started from.
type made struct {
	step  int
	state samplers.State
}

// walk makes the last KLSteps steps of the chain. energy binds a condition, which is nil or has a row for each chain.
func (c Config) walk(energy func(condition *Node) samplers.Energy, state samplers.State, condition *Node) walk {
	held := func(condition *Node) samplers.Energy { return layers.HoldParameters(energy(condition)) }
	g, n := state.X.Graph(), c.klSamples()
	noise := Const(g, noiseFactors(c.Steps-c.KLSteps, c.Steps, c.Steps))
	first, firstCondition := rows(state, 0, n), slice(condition, 0, n)
	w := walk{config: c, energy: energy(firstCondition), noise: noise}
	first = first.Detach()
	for step := range c.KLSteps {
		if c.Recompute && step < c.KLSteps-1 {
			w.again = append(w.again, made{step, first})
			first, _ = c.step(held(firstCondition), first, noise, Const(g, int32(step)))
			first = first.Detach()
			continue
		}
		if w.before == nil {
			w.before = parts(first)
		}
		first, w.info = c.step(w.energy, first, noise, Const(g, int32(step)))
	}
	w.samples, w.random = first.X, first.Random
	w.ends, w.slopes, w.moves, w.acceptances = StopGradient(first.X), w.info.GradientNorm, w.info.Distance, acceptance(w.info)

	if n < c.Batch {
		others, condition := rows(state, n, c.Batch), slice(condition, n, c.Batch)
		others.Random = w.random
		var info samplers.Info
		for step := range c.KLSteps {
			others, info = c.step(held(condition), others.Detach(), noise, Const(g, int32(step)))
		}
		w.random = others.Random
		w.ends = Concatenate([]*Node{w.ends, StopGradient(others.X)}, 0)
		w.slopes = Concatenate([]*Node{w.slopes, info.GradientNorm}, 0)
		w.moves = Concatenate([]*Node{w.moves, info.Distance}, 0)
		w.acceptances = Concatenate([]*Node{w.acceptances, acceptance(info)}, 0)
	}
	return w
}

// gradients are those of a loss in the weights, through the samples included.
//
// A step to be computed again is differentiated by itself, from the last to the first. With λ the gradient of the loss in where
// the step ends, x' = step(x, θ), those in θ and in x are the gradients of λ·x', λ held constant. So no step's inner values are needed
// before its turn.
func (w walk) gradients(loss *Node, weights []*Node) []*Node {
	if len(w.again) == 0 {
		return Gradient(loss, weights...)
	}
	split := func(gradients []*Node) (inWeights, inState []*Node) {
		return gradients[:len(weights)], gradients[len(weights):]
	}
	total, lambda := split(Gradient(loss, slices.Concat(weights, w.before)...))
	for _, m := range slices.Backward(w.again) {
		// Adding 0 λ keeps an engine from computing the step before its turn, or from taking the values that it had the first time.
		m.state.X = Identity(StopGradient(Add(m.state.X, MulScalar(lambda[0], 0))))
		start := parts(m.state)
		next, _ := w.config.step(w.energy, m.state, w.noise, Const(loss.Graph(), int32(m.step)))
		product := ScalarZero(loss.Graph(), dtypes.Float32)
		for i, part := range parts(next) {
			product = Add(product, ReduceAllSum(Mul(StopGradient(lambda[i]), part)))
		}
		var inWeights []*Node
		inWeights, lambda = split(Gradient(product, slices.Concat(weights, start)...))
		for i := range total {
			total[i] = Add(total[i], inWeights[i])
		}
	}
	return total
}

// step makes a step of the chain, with the factor of that number on its noise if the noise is annealed.
func (c Config) step(energy samplers.Energy, state samplers.State, noiseFactors, number *Node) (next samplers.State, info samplers.Info) {
	if c.AnnealNoise {
		state.Noise = Reshape(samplers.Rows(noiseFactors, Reshape(number, 1)))
	}
	blame(fmt.Sprintf("a step of the chain %T", c.Chain), func() {
		next, info = c.Chain.Step(energy, state)
		checkStep(state, next, info)
	})
	return next, info
}

// noiseFactors are the factors on the annealed noise of the steps from one number up to another, of a chain of that many.
func noiseFactors(from, to, steps int) []float32 {
	factors := make([]float32, to-from)
	for i := range factors {
		factors[i] = float32(samplers.Annealed(from+i, steps))
	}
	return factors
}

// klSamples is how many samples of the batch the KL terms take.
func (c Config) klSamples() int {
	if c.KLSamples == 0 {
		return c.Batch
	}
	return c.KLSamples
}

// parts are the nodes of a state that the next step is differentiated in.
func parts(s samplers.State) []*Node {
	if s.Velocity != nil {
		return []*Node{s.X, s.Velocity}
	}
	return []*Node{s.X}
}

// rows is the state of the chains from one up to another. No gradient flows back through it.
func rows(s samplers.State, from, to int) samplers.State {
	s.X = slice(s.X, from, to)
	s.Velocity = slice(s.Velocity, from, to)
	return s
}

func slice(x *Node, from, to int) *Node {
	if x == nil || from == 0 && to == x.Shape().Dim(0) {
		return x
	}
	return Slice(StopGradient(x), AxisRange(from, to))
}

// acceptance is 1 for a chain that doesn't test its steps.
func acceptance(info samplers.Info) *Node {
	if info.Acceptance == nil {
		return OnesLike(info.GradientNorm)
	}
	return StopGradient(info.Acceptance)
}
