package metrics

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// FID is the Fréchet distance between the normal distributions that have the means μ and covariances C of samples and of reference,
// features [samples][dims]: the Fréchet inception distance if the features are those of the Inception network (Heusel et al. 2017),
//
//	‖μ₁ - μ₂‖² + tr(C₁ + C₂ - 2 (C₁^½ C₂ C₁^½)^½)
//
// With C₁ = AᵀA and C₂ = BᵀB, of the rows less their mean, the last trace is the sum of the singular values of A Bᵀ.
//
// Of few samples it is too large, by an amount that depends on the distributions and falls as one over the number of samples
// (Chong and Forsyth 2020), so that only distances from equally many samples compare. Papers take 50,000 for 2,048 dimensions; with no more
// samples than dimensions the covariances are singular, and the distance is mostly bias. [KID] has no bias. The
// time is proportional to samples dims² + k³, k being the smaller of samples and dims.
//
// Errors: less than 2 rows in a set; rows of unequal length; a feature that is NaN or infinite; singular values that gonum
// cannot find.
func FID(samples, reference [][]float64) (float64, error) {
	const measure = "Fréchet distance"
	if err := checkFeatures(measure, 2, features{"samples", samples}, features{"reference", reference}); err != nil {
		return 0, err
	}
	mean1, a := momentsOf(samples)
	mean2, b := momentsOf(reference)
	var product mat.Dense
	product.Mul(a, b.T())
	var solved mat.SVD
	if !solved.Factorize(&product, mat.SVDNone) {
		return 0, fmt.Errorf("%s: the singular values of the covariances' factors were not found; features of very different sizes may be why: "+
			"scale them alike", measure)
	}
	between := floats.Sum(solved.Values(nil))
	distance, spread1, spread2 := floats.Distance(mean1, mean2, 2), mat.Norm(a, 2), mat.Norm(b, 2)
	return distance*distance + spread1*spread1 + spread2*spread2 - 2*between, nil
}

// momentsOf are the mean of rows [samples][dims], and a factor A of their unbiased covariance AᵀA, with no more rows than there are dims.
func momentsOf(rows [][]float64) (mean []float64, factor mat.Matrix) {
	n, dims := len(rows), len(rows[0])
	mean = make([]float64, dims)
	for _, row := range rows {
		floats.Add(mean, row)
	}
	floats.Scale(1/float64(n), mean)
	centred := mat.NewDense(n, dims, slices.Concat(rows...))
	for i := range n {
		row := centred.RawRowView(i)
		floats.Sub(row, mean)
		floats.Scale(1/math.Sqrt(float64(n-1)), row)
	}
	if n <= dims {
		return mean, centred
	}
	var qr mat.QR // Of A = QR the covariance is RᵀR.
	qr.Factorize(centred)
	var r mat.Dense
	qr.RTo(&r)
	return mean, r.Slice(0, dims, 0, dims)
}
