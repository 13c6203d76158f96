// Package samplers has the Markov chains that draw samples of p(x) ∝ exp(-E(x)), and the replay buffer that training
// keeps them in.
//
// A chain is init and step. State holds what the next step needs, Info what a person wants to see. Randomness comes in
// as state: the random state of GoMLX, a node.
//
//	chain := samplers.Langevin{StepSize: 10, Noise: 0.005, Max: 1}
//	state := samplers.Init(x, random)
//	for range 20 {
//		state, info = chain.Step(energy, state.Detach())
//	}
//
// Graph functions panic on wrong shapes, as GoMLX's do.
package samplers
