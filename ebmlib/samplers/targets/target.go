package targets

import (
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Target is a density p(x) ∝ exp(-E(x)) on points that is known exactly: [Gaussian], [DoubleWell], [Funnel].
type Target interface {
	// Energy maps points [batch, dims] to energies [batch, 1] inside a graph.
	Energy(x *Node) *Node
	// Moments are the mean and the variance of each coordinate.
	Moments() (mean, variance []float64)
	// Draw makes one exact sample.
	Draw(random *rand.Rand) []float64
}

// Draws makes n exact samples, as float32 [n, dims].
func Draws(target Target, random *rand.Rand, n int) *tensors.Tensor {
	rows := make([][]float32, n)
	for i := range rows {
		for _, x := range target.Draw(random) {
			rows[i] = append(rows[i], float32(x))
		}
	}
	return tensors.FromValue(rows)
}
