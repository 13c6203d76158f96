package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// ESS is the effective sample size of chains [chains][draws] of one quantity: the number of independent draws whose mean is as
// precise as the mean over all S draws of the chains,
//
//	S/τ,  τ = 1 + 2 Σ_t ρ(t)  over the lags t = 1, 2, ...
//
// The autocorrelations ρ are estimated from all chains together (Gelman et al., Bayesian Data Analysis, 3rd ed., section 11.5),
// so that chains which differ, each stuck in a mode of its own, count for little. The sum ends by Geyer's initial monotone
// sequence (Geyer 1992): it goes in pairs ρ(2k) + ρ(2k+1), ends before the first that is not positive, and takes no pair as larger
// than the one before it. Chains that alternate have a size beyond S, of which at most S log10 S is told.
//
// Errors: no chains; chains of less than 4 draws or of unequal length; a draw that is NaN or infinite; draws that are all equal.
func ESS(chains [][]float64) (float64, error) {
	if err := checkChains(chains); err != nil {
		return 0, err
	}
	draws := float64(len(chains[0]))
	total := draws * float64(len(chains))

	// The variance within chains, and that of all draws, which adds the variance of the chains' means.
	var means, variances []float64
	centred := make([][]float64, len(chains))
	for i, chain := range chains {
		mean, variance := stat.MeanVariance(chain, nil)
		means, variances = append(means, mean), append(variances, variance)
		centred[i] = append([]float64(nil), chain...)
		floats.AddConst(-mean, centred[i])
	}
	within := stat.Mean(variances, nil)
	all := within * (draws - 1) / draws
	if len(chains) > 1 {
		all += stat.Variance(means, nil)
	}

	correlation := func(lag int) float64 {
		if lag == 0 {
			return 1 // The estimate is less by about 1/draws, and τ by twice as much.
		}
		var covariance float64
		for _, chain := range centred {
			covariance += floats.Dot(chain[:len(chain)-lag], chain[lag:])
		}
		return 1 - (within-covariance/total)/all
	}
	tau, last := -1.0, math.Inf(1)
	for lag := 0; lag+1 < len(chains[0]); lag += 2 {
		pair := correlation(lag) + correlation(lag+1)
		if pair <= 0 {
			break
		}
		last = min(last, pair)
		tau += 2 * last
	}
	return total / max(tau, 1/math.Log10(total)), nil
}

func checkChains(chains [][]float64) error {
	if len(chains) == 0 {
		return fmt.Errorf("effective sample size: there are no chains")
	}
	moved := false
	for i, chain := range chains {
		if len(chain) < 4 || len(chain) != len(chains[0]) {
			return fmt.Errorf("effective sample size: chain %d has %d draws and chain 0 has %d; they must be equally many, at least 4",
				i, len(chain), len(chains[0]))
		}
		for t, x := range chain {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("effective sample size: draw %d of chain %d is %g", t, i, x)
			}
			moved = moved || x != chains[0][0]
		}
	}
	if !moved {
		return fmt.Errorf("effective sample size: all draws are %g; the chains never moved", chains[0][0])
	}
	return nil
}
