package metrics

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// FID is the Fréchet distance between the normal distributions that have the means μ and covariances C of samples and of reference,
// features [samples][dims]: the Fréchet inception distance if the features are those of the Inception network (Heusel et al. 2017),
//
//	‖μ₁ - μ₂‖² + tr(C₁ + C₂ - 2 (C₁^½ C₂ C₁^½)^½)
//
// Of few samples it is too large, by an amount that depends on the distributions and falls as one over the number of samples
// (Chong and Forsyth 2020), so that only distances from equally many samples compare. Papers take 50,000 for 2,048 dimensions; with no more
// samples than dimensions the covariances are singular, and the distance is mostly bias. [KID] has no bias. The
// time is proportional to samples dims² + dims³: minutes for 2,048 dimensions.
//
// Errors: less than 2 rows in a set; rows of unequal length; a feature that is NaN or infinite; an eigenvalue problem that gonum
// cannot solve.
func FID(samples, reference [][]float64) (float64, error) {
	const measure = "Fréchet distance"
	if err := checkFeatures(measure, 2, features{"samples", samples}, features{"reference", reference}); err != nil {
		return 0, err
	}
	mean1, covariance1 := momentsOf(samples)
	mean2, covariance2 := momentsOf(reference)
	root, err := squareRoot(covariance1)
	if err != nil {
		return 0, fmt.Errorf("%s: covariance of the samples: %w", measure, err)
	}
	var product mat.Dense
	product.Product(root, covariance2, root)
	eigenvalues, _, err := eigen(symmetric(&product), false)
	if err != nil {
		return 0, fmt.Errorf("%s: product of the covariances: %w", measure, err)
	}
	distance := floats.Distance(mean1, mean2, 2)
	distance *= distance
	distance += mat.Trace(covariance1) + mat.Trace(covariance2)
	for _, value := range eigenvalues {
		distance -= 2 * math.Sqrt(value)
	}
	return distance, nil
}

// momentsOf are the mean and the unbiased covariance of rows [samples][dims].
func momentsOf(rows [][]float64) (mean []float64, covariance *mat.SymDense) {
	mean = make([]float64, len(rows[0]))
	for _, row := range rows {
		floats.Add(mean, row)
	}
	floats.Scale(1/float64(len(rows)), mean)
	covariance = &mat.SymDense{}
	stat.CovarianceMatrix(covariance, mat.NewDense(len(rows), len(mean), slices.Concat(rows...)), nil)
	return mean, covariance
}

// squareRoot is the symmetric R with R R = c, which must have no negative eigenvalue.
func squareRoot(c mat.Symmetric) (mat.Matrix, error) {
	eigenvalues, vectors, err := eigen(c, true)
	if err != nil {
		return nil, err
	}
	for i, value := range eigenvalues {
		eigenvalues[i] = math.Sqrt(value)
	}
	var root mat.Dense
	root.Product(vectors, mat.NewDiagDense(len(eigenvalues), eigenvalues), vectors.T())
	return &root, nil
}

// eigen are the eigenvalues of c, which has none below 0: what rounding puts there is 0.
func eigen(c mat.Symmetric, vectors bool) ([]float64, *mat.Dense, error) {
	var solved mat.EigenSym
	if !solved.Factorize(c, vectors) {
		return nil, nil, fmt.Errorf("its eigenvalues were not found; features of very different sizes may be why: scale them alike")
	}
	values := solved.Values(nil)
	for i, value := range values {
		values[i] = max(value, 0)
	}
	if !vectors {
		return values, nil, nil
	}
	var matrix mat.Dense
	solved.VectorsTo(&matrix)
	return values, &matrix, nil
}

// symmetric is (m + mᵀ)/2, for an m that is symmetric but for rounding.
func symmetric(m mat.Matrix) *mat.SymDense {
	dims, _ := m.Dims()
	s := mat.NewSymDense(dims, nil)
	for i := range dims {
		for j := range i + 1 {
			s.SetSym(i, j, (m.At(i, j)+m.At(j, i))/2)
		}
	}
	return s
}
