package targets

import (
	"fmt"
	"math"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/integrate/quad"
)

// DoubleWell has one coordinate and two modes, at -1 and 1, with a barrier of energy h between them: E(x) = h (x²-1)².
type DoubleWell struct {
	height, variance float64
}

// NewDoubleWell makes the double well of a height h, which must be above 0.
func NewDoubleWell(height float64) (*DoubleWell, error) {
	if !(height > 0) || math.IsInf(height, 1) {
		return nil, fmt.Errorf("double well: the height is %g; it must be above 0 and finite", height)
	}
	// Beyond these x > 0, E is above 100 and nothing is left of the density.
	reach := math.Sqrt(100 / height)
	from, to := math.Sqrt(max(1-reach, 0)), math.Sqrt(1+reach)
	moment := func(power float64) float64 {
		return quad.Fixed(func(x float64) float64 {
			return math.Pow(x, power) * math.Exp(-height*(x*x-1)*(x*x-1))
		}, from, to, 200, quad.Legendre{}, 0)
	}
	return &DoubleWell{height, moment(2) / moment(0)}, nil
}

// Energy is that of [Target].
func (w *DoubleWell) Energy(x *Node) *Node {
	return MulScalar(Square(AddScalar(Square(x), -1)), w.height)
}

// Moments are those of [Target]: the mean by symmetry 0, the variance by numerical integration.
func (w *DoubleWell) Moments() (mean, variance []float64) {
	return []float64{0}, []float64{w.variance}
}

// Draw is that of [Target]. For x > 0 the density lies below exp(-h (x-1)²), as (x+1)² > 1: a draw from that normal is taken with the
// probability of the ratio, and then gets a random sign.
func (w *DoubleWell) Draw(random *rand.Rand) []float64 {
	for {
		x := 1 + random.NormFloat64()/math.Sqrt(2*w.height)
		ratio := math.Exp(-w.height * (x - 1) * (x - 1) * ((x+1)*(x+1) - 1))
		if x > 0 && random.Float64() < ratio {
			if random.IntN(2) == 0 {
				x = -x
			}
			return []float64{x}
		}
	}
}
