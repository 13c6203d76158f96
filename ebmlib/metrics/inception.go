package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// InceptionScore tells from the probabilities [samples][classes] that a classifier gives to samples whether each is clearly of one
// class, and all classes are there:
//
//	exp(mean over samples x of KL(p(y|x) ‖ p(y))),  p(y) the mean of p(y|x)
//
// It lies between 1 and the number of classes, the higher the better. Samples are cut, in their order, into splits of equal size but
// for one, each of which has a score; the score is their mean, given with their standard deviation, as papers do with 10
// splits of 5,000 samples (Salimans et al. 2016, "Improved Techniques for Training GANs", section 4). A single split has deviation 0.
// Scores by different classifiers do not compare.
//
// Errors: less than 1 split; less samples than splits; rows of unequal length; a row that is not of probabilities that add up to 1,
// within 0.001.
func InceptionScore(probabilities [][]float64, splits int) (score, deviation float64, err error) {
	const measure = "inception score"
	if splits < 1 {
		return 0, 0, fmt.Errorf("%s: %d splits; at least 1 is needed", measure, splits)
	}
	if err := checkFeatures(measure, splits, features{"probabilities", probabilities}); err != nil {
		return 0, 0, fmt.Errorf("%w (%d splits)", err, splits)
	}
	for i, row := range probabilities {
		if sum := floats.Sum(row); floats.Min(row) < 0 || math.Abs(sum-1) > 1e-3 {
			return 0, 0, fmt.Errorf("%s: row %d has values from %g on that add up to %g; they must be probabilities, as softmax gives, "+
				"that add up to 1", measure, i, floats.Min(row), sum)
		}
	}
	var scores []float64
	for _, part := range split(probabilities, splits) {
		marginal := make([]float64, len(part[0]))
		for _, row := range part {
			floats.AddScaled(marginal, 1/float64(len(part)), row)
		}
		var divergence float64
		for _, row := range part {
			divergence += stat.KullbackLeibler(row, marginal) / float64(len(part))
		}
		scores = append(scores, math.Exp(divergence))
	}
	score, deviation = stat.PopMeanStdDev(scores, nil)
	return score, deviation, nil
}
