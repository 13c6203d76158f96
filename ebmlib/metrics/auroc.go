package metrics

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Area is an area under a ROC curve and how sure it is.
type Area struct {
	Value         float64 // 1 if the two sets are told apart without a mistake, 1/2 by chance
	StandardError float64
	Low, High     float64 // the 95% confidence interval
}

// AUROC is the area under the ROC curve of telling foreign data from a model's own by their energies [samples]: the probability
// that an example of foreign data has the higher energy, ties counted half,
//
//	A = 1/(mn) Σ_ij ψ(f_i, o_j),  ψ = 1 if f_i > o_j, 1/2 if they are equal, else 0
//
// over m foreign energies f and n own ones o. Where foreign data should have the higher score but has the lower, as log densities do,
// pass the scores negated.
//
// The standard error is that of DeLong et al. 1988 (Biometrics 44), from the variances over i of the means of ψ over j and the other
// way round, computed from ranks in time (m+n) log (m+n) (Sun and Xu 2014, IEEE Signal Processing Letters 21). The interval is
// A ± 1.96 standard errors, cut off at 0 and 1. It holds for many samples; of an area of exactly 1 or 0 the standard error is 0, which
// says nothing of how far chance had a hand in it.
//
// Errors: less than 2 energies on a side; an energy that is NaN or infinite.
func AUROC(own, foreign []float64) (Area, error) {
	if err := checkEnergies("area under the ROC curve", 2, own, foreign); err != nil {
		return Area{}, err
	}
	m, n := len(foreign), len(own)
	ranks := midranks(slices.Concat(foreign, own))

	// How many of the other side lie below an energy is its rank among all less its rank on its own side.
	foreignMeans, ownMeans := ranks[:m], ranks[m:]
	floats.Sub(foreignMeans, midranks(foreign))
	floats.Scale(1/float64(n), foreignMeans) // over own energies, of ψ
	floats.Sub(ownMeans, midranks(own))
	floats.Scale(1/float64(m), ownMeans) // over foreign energies, of 1-ψ

	area, variance := stat.MeanVariance(foreignMeans, nil)
	deviation := math.Sqrt(variance/float64(m) + stat.Variance(ownMeans, nil)/float64(n))
	reach := distuv.UnitNormal.Quantile(0.975) * deviation
	return Area{Value: area, StandardError: deviation, Low: max(area-reach, 0), High: min(area+reach, 1)}, nil
}

// midranks are the ranks of values, from 1; values that are equal have the mean of their ranks.
func midranks(values []float64) []float64 {
	sorted, index := slices.Clone(values), make([]int, len(values))
	floats.Argsort(sorted, index)
	ranks := make([]float64, len(values))
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		for _, i := range index[from:to] {
			ranks[i] = float64(from+1+to) / 2
		}
		from = to
	}
	return ranks
}

// ROCCurve has a point for each distinct energy, and the point (0, 0) before them. They ascend to (1, 1).
type ROCCurve struct {
	FalsePositive []float64 // the share of own data that is taken for foreign
	TruePositive  []float64 // the share of foreign data that is
	Threshold     []float64 // the energy from which on data is taken for foreign; +Inf for the first point
}

// ROC is the receiver operating characteristic of telling foreign data from a model's own by their energies [samples], of which foreign
// data should have the higher. Straight lines between its points enclose the area that [AUROC] gives.
//
// Errors: no energies on a side; an energy that is NaN or infinite.
func ROC(own, foreign []float64) (ROCCurve, error) {
	if err := checkEnergies("ROC curve", 1, own, foreign); err != nil {
		return ROCCurve{}, err
	}
	energies := slices.Concat(own, foreign)
	isForeign := make([]bool, len(energies))
	for i := range foreign {
		isForeign[len(own)+i] = true
	}
	stat.SortWeightedLabeled(energies, isForeign, nil)
	var curve ROCCurve
	curve.TruePositive, curve.FalsePositive, curve.Threshold = stat.ROC(nil, energies, isForeign, nil)
	return curve, nil
}

func checkEnergies(measure string, least int, own, foreign []float64) error {
	for _, side := range []struct {
		name     string
		energies []float64
	}{{"own", own}, {"foreign", foreign}} {
		if len(side.energies) < least {
			return fmt.Errorf("%s: there are %d energies of %s data; at least %d are needed", measure, len(side.energies), side.name, least)
		}
		for i, e := range side.energies {
			if math.IsNaN(e) || math.IsInf(e, 0) {
				return fmt.Errorf("%s: energy %d of %s data is %g; energies must be finite", measure, i, side.name, e)
			}
		}
	}
	return nil
}
