// Package targets has densities p(x) ∝ exp(-E(x)) whose moments are known exactly and that can be sampled exactly, and measures
// chains on them.
//
//	target, err := targets.NewFunnel(3, 1)
//	chain := samplers.HMC{StepSize: 0.2, Leapfrog: 8, Velocity: 1, Metropolis: true}
//	result, err := targets.Measure(engine, target, chain, targets.Trial{Chains: 64, Steps: 2000, Seed: 1})
package targets
