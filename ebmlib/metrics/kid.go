package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// KID is the kernel inception distance between samples and reference, features [samples][dims] such as those of an Inception
// network: the square of the maximum mean discrepancy, as [MMD] estimates it, with the cubic kernel
//
//	k(x, y) = (x·y/dims + 1)³
//
// (Bińkowski et al. 2018, "Demystifying MMD GANs"). Each set is cut, in its order, which must be random, into blocks of equal
// size but for one; the distance is the mean over pairs of blocks, and its standard error comes from how they differ. The estimate
// is unbiased at any number of samples, unlike [FID], and may be below 0 for distributions that are nearly equal. Papers report
// it from blocks of 1,000 samples, often times 1,000.
//
// Errors: less than 2 blocks; less than 2 rows a block in a set; rows of unequal length; a feature that is NaN or infinite.
func KID(samples, reference [][]float64, blocks int) (distance, standardError float64, err error) {
	const measure = "kernel inception distance"
	if blocks < 2 {
		return 0, 0, fmt.Errorf("%s: %d blocks; the standard error needs at least 2", measure, blocks)
	}
	if err := checkFeatures(measure, 2*blocks, features{"samples", samples}, features{"reference", reference}); err != nil {
		return 0, 0, fmt.Errorf("%w (2 for each of %d blocks)", err, blocks)
	}
	cubic := func(x []float64, ys [][]float64) []float64 {
		values := make([]float64, len(ys))
		for i, y := range ys {
			base := floats.Dot(x, y)/float64(len(x)) + 1
			values[i] = base * base * base
		}
		return values
	}
	distances := make([]float64, blocks)
	ofReference := split(reference, blocks)
	for i, block := range split(samples, blocks) {
		distances[i] = unbiasedMMD(block, ofReference[i], cubic)
	}
	mean, deviation := stat.MeanStdDev(distances, nil)
	return mean, deviation / math.Sqrt(float64(blocks)), nil
}
