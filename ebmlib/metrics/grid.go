package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// massTolerance is how much of the data's density a grid may miss, or count too much.
const massTolerance = 0.02

// GridLogZ is log Z, Z = ∫ exp(-E(x)) dx, in nats, of energies [points] at the centres of the equal cells of a grid, each of that area:
//
//	log Σ exp(-E_i) + log cell
//
// What lies outside the grid is left out.
//
// Errors: no energies; an energy that is NaN or infinite; an area that is not above 0.
func GridLogZ(energies []float64, cell float64) (float64, error) {
	if len(energies) == 0 {
		return 0, fmt.Errorf("grid: there are no energies")
	}
	if !(cell > 0) || math.IsInf(cell, 1) {
		return 0, fmt.Errorf("grid: the area of a cell is %g; it must be above 0 and finite", cell)
	}
	negated := make([]float64, len(energies))
	for i, e := range energies {
		if math.IsNaN(e) || math.IsInf(e, 0) {
			return 0, fmt.Errorf("grid: the energy of point %d is %g; energies must be finite", i, e)
		}
		negated[i] = -e
	}
	return floats.LogSumExp(negated) + math.Log(cell), nil
}

// GridKL is the Kullback-Leibler divergence KL(data ‖ model) in nats, in 2-D, of a model p(x) ∝ exp(-E(x)) from data of a known log
// density log p(x), -Inf where there is none:
//
//	Σ p_i (log p_i + E_i) cell + log Z
//
// from the log densities and the energies at the same points [points], the centres of the equal cells of a grid, each of that area. log Z
// is that of [GridLogZ]. The densities are first scaled so that their sum over the grid is 1, which leaves the divergence at 0 or above.
//
// Errors: those of [GridLogZ]; another number of log densities; one that is NaN or +Inf; densities whose sum over the grid is not
// 1 within 0.02, so that the grid is too small or too coarse for them.
func GridKL(logDensities, energies []float64, cell float64) (float64, error) {
	logZ, err := GridLogZ(energies, cell)
	if err != nil {
		return 0, err
	}
	if len(logDensities) != len(energies) {
		return 0, fmt.Errorf("grid: %d log densities and %d energies; they must be those of the same points", len(logDensities), len(energies))
	}
	var mass, divergence float64
	for i, logDensity := range logDensities {
		if math.IsNaN(logDensity) || math.IsInf(logDensity, 1) {
			return 0, fmt.Errorf("grid: the log density of point %d is %g; it must be finite, or -Inf where there is no data", i, logDensity)
		}
		if p := math.Exp(logDensity) * cell; p > 0 {
			mass += p
			divergence += p * (logDensity + energies[i] + logZ)
		}
	}
	if !(math.Abs(mass-1) <= massTolerance) {
		return 0, fmt.Errorf("grid: the data's density adds up to %.3f over it, not to 1; take a grid that holds all data, with smaller cells",
			mass)
	}
	return divergence/mass - math.Log(mass), nil
}
