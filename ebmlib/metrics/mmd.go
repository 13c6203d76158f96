package metrics

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// MMD is the square of the maximum mean discrepancy between the distributions that samples and reference, features [samples][dims],
// come from, by the unbiased estimate
//
//	1/(m(m-1)) Σ_{i≠j} k(x_i, x_j) + 1/(n(n-1)) Σ_{i≠j} k(y_i, y_j) - 2/(mn) Σ_ij k(x_i, y_j)
//
// with the Gaussian kernel k(x, y) = exp(-‖x-y‖²/(2σ²)) of bandwidth σ (Gretton et al. 2012, Journal of Machine Learning Research 13,
// equation 3). Only equal distributions have the discrepancy 0, around which the estimate then lies, on either side. [MedianDistance]
// is the usual bandwidth. The time is proportional to (m+n)² dims.
//
// Errors: less than 2 rows in a set; rows of unequal length; a feature that is NaN or infinite; a bandwidth that is not above 0.
func MMD(samples, reference [][]float64, bandwidth float64) (float64, error) {
	const measure = "maximum mean discrepancy"
	if err := checkFeatures(measure, 2, features{"samples", samples}, features{"reference", reference}); err != nil {
		return 0, err
	}
	if !(bandwidth > 0) || math.IsInf(bandwidth, 1) {
		return 0, fmt.Errorf("%s: the bandwidth is %g; it must be above 0 and finite, such as MedianDistance gives", measure, bandwidth)
	}
	return unbiasedMMD(samples, reference, func(x []float64, ys [][]float64) []float64 {
		values := squaredDistances(x, ys)
		for i, squared := range values {
			values[i] = math.Exp(-squared / (2 * bandwidth * bandwidth))
		}
		return values
	}), nil
}

// MedianDistance is the median of the distances ‖x-y‖ between any two rows of samples and reference together, features [samples][dims]:
// the median heuristic for the bandwidth of a Gaussian kernel (Gretton et al. 2012, section 8). It holds all these distances in
// memory: 400 MB for 10,000 rows.
//
// Errors: no rows in a set; rows of unequal length; a feature that is NaN or infinite; a median of 0, as of rows that are mostly equal.
func MedianDistance(samples, reference [][]float64) (float64, error) {
	const measure = "median distance"
	if err := checkFeatures(measure, 1, features{"samples", samples}, features{"reference", reference}); err != nil {
		return 0, err
	}
	rows := slices.Concat(samples, reference)
	byRow := make([][]float64, len(rows))
	eachRow(len(rows), func(i int) { byRow[i] = squaredDistances(rows[i], rows[:i]) })
	squared := slices.Concat(byRow...)
	slices.Sort(squared)
	median := math.Sqrt(stat.Quantile(0.5, stat.Empirical, squared, nil))
	if median == 0 {
		return 0, fmt.Errorf("%s: at least half of the rows are equal, so it is 0, which is no bandwidth; give one by hand", measure)
	}
	return median, nil
}

// unbiasedMMD is the estimate of [MMD] for a kernel that gives the values k(x, y) of one x and each y.
func unbiasedMMD(xs, ys [][]float64, kernel func(x []float64, ys [][]float64) []float64) float64 {
	within := func(rows [][]float64) float64 {
		return meanOfRows(len(rows), func(i int) float64 {
			return stat.Mean(without(kernel(rows[i], rows), i), nil)
		})
	}
	between := meanOfRows(len(xs), func(i int) float64 { return stat.Mean(kernel(xs[i], ys), nil) })
	return within(xs) + within(ys) - 2*between
}

// meanOfRows is the mean of what value gives for 0 to n-1, the same at every call.
func meanOfRows(n int, value func(row int) float64) float64 {
	values := make([]float64, n)
	eachRow(n, func(row int) { values[row] = value(row) })
	return floats.Sum(values) / float64(n)
}
