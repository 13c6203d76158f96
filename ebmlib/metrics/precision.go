package metrics

import (
	"fmt"
	"slices"
)

// PrecisionRecall tells, from features [samples][dims], what share of samples looks like the reference data (precision: quality) and
// what share of the reference data the samples could be (recall: variety). A point belongs to a set if it lies in the ball around
// some point of the set that reaches to that point's k-th nearest neighbour in the set:
//
//	precision = share of samples that belong to reference,  recall = share of reference that belongs to samples
//
// This is the improved precision and recall of Kynkäänniemi et al. 2019, who take k = 3 and 50,000 samples. Both depend on the number of
// samples, which should be equal in both sets. A single point far off has a large ball, which lifts them. The time is proportional to the
// square of the number of samples, times dims.
//
// Errors: a k below 1; no more than k rows in a set; rows of unequal length; a feature that is NaN or infinite.
func PrecisionRecall(samples, reference [][]float64, k int) (precision, recall float64, err error) {
	const measure = "precision and recall"
	if k < 1 {
		return 0, 0, fmt.Errorf("%s: k is %d; at least 1 neighbour is needed (3 in the paper)", measure, k)
	}
	if err := checkFeatures(measure, k+1, features{"samples", samples}, features{"reference", reference}); err != nil {
		return 0, 0, fmt.Errorf("%w (for %d neighbours of each)", err, k)
	}
	return shareWithin(samples, reference, k), shareWithin(reference, samples, k), nil
}

// shareWithin is the share of rows that belong to set.
func shareWithin(rows, set [][]float64, k int) float64 {
	radii := make([]float64, len(set)) // squared
	eachRow(len(set), func(i int) {
		others := without(squaredDistances(set[i], set), i)
		slices.Sort(others)
		radii[i] = others[k-1]
	})
	return meanOfRows(len(rows), func(i int) float64 {
		for j, squared := range squaredDistances(rows[i], set) {
			if squared <= radii[j] {
				return 1
			}
		}
		return 0
	})
}
