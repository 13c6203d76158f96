package targets_test

import (
	"fmt"
	"log"
	"math"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/samplers"
	"ebm/ebmlib/samplers/targets"
)

// The test makes Langevin dynamics exact: with it the variance in a double well is right, without it too small.
func ExampleMeasure() {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		log.Fatal(err)
	}
	well, err := targets.NewDoubleWell(1)
	if err != nil {
		log.Fatal(err)
	}
	trial := targets.Trial{Chains: 100, Steps: 1000, Seed: 1}
	for _, chain := range []samplers.Chain{
		samplers.Langevin{StepSize: 0.05, Noise: math.Sqrt(2 * 0.05)},
		samplers.MALA{StepSize: 0.05},
	} {
		result, err := targets.Measure(engine, well, chain, trial)
		if err != nil {
			log.Fatal(err)
		}
		beyond := math.Abs(result.Variance.Error) > 4*result.Variance.StandardError
		fmt.Printf("%T: %d gradients a step, variance off by more than four standard errors: %v\n", chain, result.Gradients, beyond)
	}
	// Output:
	// samplers.Langevin: 1 gradients a step, variance off by more than four standard errors: true
	// samplers.MALA: 2 gradients a step, variance off by more than four standard errors: false
}
