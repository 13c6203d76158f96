package targets

import (
	"fmt"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"
)

// Gaussian is the normal distribution with mean m and covariance C: E(x) = (x-m)ᵀ C⁻¹ (x-m) / 2.
type Gaussian struct {
	mean, variance []float64
	root           mat.TriDense // L of C = L Lᵀ
	precision      [][]float64  // C⁻¹
}

// NewGaussian makes the Gaussian of a mean and a covariance.
//
// Errors: lengths that differ; a covariance that is not positive definite.
func NewGaussian(mean []float64, covariance mat.Symmetric) (*Gaussian, error) {
	dims := covariance.SymmetricDim()
	if len(mean) != dims {
		return nil, fmt.Errorf("gaussian: the mean has %d coordinates and the covariance %d", len(mean), dims)
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(covariance) {
		return nil, fmt.Errorf("gaussian: the covariance is not positive definite:\n%v", mat.Formatted(covariance))
	}
	var inverse mat.SymDense
	if err := cholesky.InverseTo(&inverse); err != nil {
		return nil, fmt.Errorf("gaussian: the covariance is close to singular: %w", err)
	}
	g := &Gaussian{mean: mean}
	cholesky.LTo(&g.root)
	for i := range dims {
		g.variance = append(g.variance, covariance.At(i, i))
		g.precision = append(g.precision, mat.Row(nil, i, &inverse))
	}
	return g, nil
}

// Energy is that of [Target].
func (g *Gaussian) Energy(x *Node) *Node {
	constant := func(value any) *Node { return ConvertDType(Const(x.Graph(), value), x.DType()) }
	centred := Sub(x, Reshape(constant(g.mean), 1, -1))
	return MulScalar(ReduceAndKeep(Mul(Dot(centred, constant(g.precision)).Product(), centred), ReduceSum, 1), 0.5)
}

// Moments are those of [Target].
func (g *Gaussian) Moments() (mean, variance []float64) { return g.mean, g.variance }

// Draw is that of [Target].
func (g *Gaussian) Draw(random *rand.Rand) []float64 {
	z := mat.NewVecDense(len(g.mean), nil)
	for i := range g.mean {
		z.SetVec(i, random.NormFloat64())
	}
	var x mat.VecDense
	x.MulVec(&g.root, z)
	x.AddVec(&x, mat.NewVecDense(len(g.mean), g.mean))
	return x.RawVector().Data
}
