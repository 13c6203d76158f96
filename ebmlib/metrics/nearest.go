package metrics

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

// Neighbour is the training example nearest to a sample.
type Neighbour struct {
	Index    int     // of the training example
	Distance float64 // ‖sample - example‖, the L2 norm
}

// Nearest finds, for each sample, the nearest training example, both features or pixels [samples][dims]; of examples that are equally near
// the first. A model that memorises has samples much nearer to its training examples than other data of the same kind,
// such as a test set, is: compare the distances of both. The time is proportional to samples times training examples times dims.
//
// Errors: no rows in a set; rows of unequal length; a value that is NaN or infinite.
func Nearest(samples, training [][]float64) ([]Neighbour, error) {
	if err := checkFeatures("nearest neighbours", 1, features{"samples", samples}, features{"training examples", training}); err != nil {
		return nil, err
	}
	return nearest(samples, training), nil
}

func nearest(samples, training [][]float64) []Neighbour {
	neighbours := make([]Neighbour, len(samples))
	eachRow(len(samples), func(i int) {
		squared := squaredDistances(samples[i], training)
		index := floats.MinIdx(squared)
		neighbours[i] = Neighbour{index, math.Sqrt(squared[index])}
	})
	return neighbours
}
