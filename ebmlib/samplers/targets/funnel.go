package targets

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// Funnel is Neal's funnel (Neal 2003): v is normal with standard deviation s, and the other coordinates x₁, ..., x_n
// are normal with variance exp(v), so that no one step size fits both its neck and its mouth:
//
//	E(v, x) = v²/(2s²) + ‖x‖² exp(-v)/2 + n v/2
type Funnel struct {
	dims  int
	scale float64
}

// NewFunnel makes the funnel of dims coordinates, v the first, and scale s. Neal's has 10 coordinates and scale 3.
//
// Errors: less than 2 coordinates; a scale that is not above 0.
func NewFunnel(dims int, scale float64) (*Funnel, error) {
	if dims < 2 {
		return nil, fmt.Errorf("funnel: %d coordinates; it has at least 2 (Neal's has 10)", dims)
	}
	if !(scale > 0) || math.IsInf(scale, 1) {
		return nil, fmt.Errorf("funnel: the scale is %g; it must be above 0 and finite (Neal's is 3)", scale)
	}
	return &Funnel{dims, scale}, nil
}

// Energy is that of [Target].
func (f *Funnel) Energy(x *Node) *Node {
	// Sums with weights instead of slices, whose gradients not every engine has.
	v := weighted(x, 1, 0)
	rest := weighted(Square(x), 0, 1)
	neck := Add(MulScalar(Square(v), 0.5/(f.scale*f.scale)), MulScalar(v, float64(f.dims-1)/2))
	return Add(neck, MulScalar(Mul(rest, Exp(Neg(v))), 0.5))
}

// weighted is the sum over coordinates [batch, 1], the first with one weight and the rest with another.
func weighted(x *Node, first, rest float64) *Node {
	weights := slices.Repeat([]float64{rest}, x.Shape().Dim(1))
	weights[0] = first
	return ReduceAndKeep(Mul(x, ConvertDType(Const(x.Graph(), [][]float64{weights}), x.DType())), ReduceSum, 1)
}

// Moments are those of [Target]: all means are 0, the variances s² and exp(s²/2).
func (f *Funnel) Moments() (mean, variance []float64) {
	mean, variance = make([]float64, f.dims), make([]float64, f.dims)
	variance[0] = f.scale * f.scale
	for i := 1; i < f.dims; i++ {
		variance[i] = math.Exp(f.scale * f.scale / 2)
	}
	return mean, variance
}

// Draw is that of [Target].
func (f *Funnel) Draw(random *rand.Rand) []float64 {
	x := make([]float64, f.dims)
	x[0] = f.scale * random.NormFloat64()
	for i := 1; i < f.dims; i++ {
		x[i] = math.Exp(x[0]/2) * random.NormFloat64()
	}
	return x
}
