// Command samplers tries the chains on densities that are known exactly, and prints what each does as a Markdown table.
//
//	go run ./ebmlib/examples/samplers
package main

import (
	"fmt"
	"log"
	"math"
	"os"

	"gonum.org/v1/gonum/mat"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/samplers"
	"ebm/ebmlib/samplers/targets"
)

func main() {
	engine, err := backends.Open()
	check(err)
	fmt.Fprintln(os.Stderr, engine)

	gaussian, err := targets.NewGaussian(make([]float64, 5), equicorrelated(5, 0.8))
	check(err)
	well, err := targets.NewDoubleWell(3)
	check(err)
	funnel, err := targets.NewFunnel(3, 1)
	check(err)

	fmt.Println("| target | chain | step size | gradients a step | acceptance | error of the mean | error of the variance | ESS per 1000 gradients |")
	fmt.Println("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	// Step sizes are about the best for each chain; Langevin dynamics must not run off to infinity.
	const normal, doubleWell, neal = "Gaussian, 5 dimensions, correlation 0.8", "double well, barrier 3", "funnel, 3 dimensions, scale 1"
	langevin := func(stepSize float64) samplers.Chain {
		return samplers.Langevin{StepSize: stepSize, Noise: math.Sqrt(2 * stepSize)}
	}
	mala := func(stepSize float64) samplers.Chain {
		return samplers.MALA{StepSize: stepSize}
	}
	hmc := func(stepSize float64) samplers.Chain {
		return samplers.HMC{StepSize: stepSize, Leapfrog: 5, Velocity: 1, Metropolis: true}
	}
	for _, row := range []struct {
		name     string
		target   targets.Target
		kind     string
		stepSize float64
		chain    func(stepSize float64) samplers.Chain
	}{
		{normal, gaussian, "Langevin", 0.1, langevin},
		{normal, gaussian, "MALA", 0.2, mala},
		{normal, gaussian, "HMC", 0.4, hmc},
		{doubleWell, well, "Langevin", 0.02, langevin},
		{doubleWell, well, "MALA", 0.1, mala},
		{doubleWell, well, "HMC", 0.25, hmc},
		{neal, funnel, "Langevin", 0.1, langevin},
		{neal, funnel, "MALA", 0.3, mala},
		{neal, funnel, "HMC", 0.4, hmc},
	} {
		trial := targets.Trial{Chains: 64, Steps: 2000, Seed: 1}
		r, err := targets.Measure(engine, row.target, row.chain(row.stepSize), trial)
		check(err)
		fmt.Printf("| %s | %s | %g | %d | %.2f | %+.3f ± %.3f | %+.3f ± %.3f | %.1f |\n", row.name, row.kind, row.stepSize, r.Gradients,
			r.Acceptance, r.Mean.Error, r.Mean.StandardError, r.Variance.Error, r.Variance.StandardError, 1000*r.ESSPerGradient)
	}
	fmt.Println("\nErrors are of the coordinate that is farthest off, the mean's in standard deviations, the variance's as a part of it, ± " +
		"one standard error. ESS is the effective sample size, the smallest over coordinates and their squares.")
}

// equicorrelated is the covariance of variances 1 and equal correlations.
func equicorrelated(dims int, correlation float64) mat.Symmetric {
	covariance := mat.NewSymDense(dims, nil)
	for i := range dims {
		for j := range i {
			covariance.SetSym(i, j, correlation)
		}
		covariance.SetSym(i, i, 1)
	}
	return covariance
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
