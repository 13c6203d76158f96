// Package samplers has the Markov chains that draw samples of p(x) ∝ exp(-E(x)), the replay buffer that training keeps them
// in, and the transitions that images undergo on leaving it.
//
// A [Chain] is init and step: [Langevin], [MALA], [HMC]. State holds what the next step needs, Info what a person wants to see.
// Randomness comes in as state: the random state of GoMLX, a node.
//
//	chain := samplers.Langevin{StepSize: 10, Noise: 0.005, Max: 1}
//	state := samplers.Init(x, random)
//	for range 20 {
//		state, info = chain.Step(energy, state.Detach())
//	}
//
// The noise is annealed by a factor that the state takes before each step:
//
//	state.Noise = Scalar(x.Graph(), x.DType(), samplers.Annealed(step, steps))
//
// A sum of energies is an energy, as is an energy times a weight, below 0 too:
//
//	energy := samplers.Sum(smiling, samplers.Scale(glasses, -0.1))
//
// [AIS] anneals samples of a density that is known to those of exp(-E), or back, which gives its normaliser.
//
// Graph functions panic on wrong shapes, as GoMLX's do. How chains do on densities that are known exactly, the package targets measures.
package samplers
