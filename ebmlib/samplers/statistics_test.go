package samplers_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
	"ebm/ebmlib/samplers/targets"
)

// This file holds the chains against densities that are known. Many chains run side by side, and only where they end counts: ends
// are independent, so that the standard errors are exact. Everything must lie within four of them.

const manyChains = 20000 // chains side by side

// ends runs chains from a start, and returns where they end, [dims][chains], and the acceptance probabilities of the last step.
func ends(t *testing.T, energy samplers.Energy, chain samplers.Chain, start *tensors.Tensor, steps int) (x [][]float64, acceptance []float64) {
	t.Helper()
	rows, dims := start.Shape().Dimensions[0], start.Shape().Dimensions[1]
	x, acceptance = make([][]float64, dims), make([]float64, rows)
	visit := func(samples, probabilities []float32) {
		for d := range dims {
			x[d] = make([]float64, rows)
			for i := range rows {
				x[d][i], acceptance[i] = float64(samples[i*dims+d]), float64(probabilities[i])
			}
		}
	}
	if err := targets.Walk(backendtest.Go(t), energy, chain, start, steps, 1, visit); err != nil {
		t.Fatal(err)
	}
	return x, acceptance
}

// is checks that the mean of independent numbers lies within four standard errors of what it should be.
func is(t *testing.T, what string, numbers []float64, want float64) {
	t.Helper()
	mean, deviation := stat.MeanStdDev(numbers, nil)
	if spread := deviation / math.Sqrt(float64(len(numbers))); !(math.Abs(mean-want) <= 4*spread) {
		t.Errorf("%s is %.4f, want %.4f ± %.4f", what, mean, want, spread)
	}
}

// moments checks mean and variance of each coordinate [dims][chains].
func moments(t *testing.T, x [][]float64, mean, variance []float64) {
	t.Helper()
	for d, numbers := range x {
		squares := make([]float64, len(numbers))
		for i, v := range numbers {
			squares[i] = (v - mean[d]) * (v - mean[d])
		}
		is(t, fmt.Sprintf("the mean of coordinate %d", d), numbers, mean[d])
		is(t, fmt.Sprintf("the variance of coordinate %d", d), squares, variance[d])
	}
}

// sameDistribution is the test of Kolmogorov and Smirnov on two samples, failed by chance once in 16,000 times, as are four standard
// errors.
func sameDistribution(t *testing.T, what string, x, y []float64) {
	t.Helper()
	x, y = slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(y))
	distance := stat.KolmogorovSmirnov(x, nil, y, nil)
	if limit := math.Sqrt(math.Log(2*16000) / 2 * (1/float64(len(x)) + 1/float64(len(y)))); distance > limit {
		t.Errorf("%s: the distribution functions differ by %.4f, by chance up to %.4f", what, distance, limit)
	}
}

// columns are the coordinates [dims][rows] of float32 [rows, dims].
func columns(x *tensors.Tensor) [][]float64 {
	rows, dims := x.Shape().Dimensions[0], x.Shape().Dimensions[1]
	flat := tensors.MustCopyFlatData[float32](x)
	all := make([][]float64, dims)
	for d := range dims {
		for i := range rows {
			all[d] = append(all[d], float64(flat[i*dims+d]))
		}
	}
	return all
}

func gaussian(t *testing.T, mean []float64, correlation float64) *targets.Gaussian {
	t.Helper()
	covariance := mat.NewSymDense(len(mean), nil)
	for i := range mean {
		for j := range i {
			covariance.SetSym(i, j, correlation*math.Sqrt(float64(i+1)*float64(j+1)))
		}
		covariance.SetSym(i, i, float64(i+1))
	}
	target, err := targets.NewGaussian(mean, covariance)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func known(t *testing.T) map[string]targets.Target {
	t.Helper()
	well, err := targets.NewDoubleWell(2)
	if err != nil {
		t.Fatal(err)
	}
	funnel, err := targets.NewFunnel(4, 1)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]targets.Target{"gaussian": gaussian(t, []float64{1, -2, 0}, 0.7), "double well": well, "funnel": funnel}
}

// A chain with the test leaves its target unchanged, in each coordinate and in the energy, though its steps are so large that many are
// refused.
func TestTheTargetIsInvariant(t *testing.T) {
	for name, target := range known(t) {
		start := targets.Draws(target, rand.New(rand.NewPCG(1, 2)), manyChains)
		others := columns(targets.Draws(target, rand.New(rand.NewPCG(3, 4)), manyChains))
		energies := func(x [][]float64) []float64 {
			rows := make([][]float32, len(x[0]))
			for i := range rows {
				for d := range x {
					rows[i] = append(rows[i], float32(x[d][i]))
				}
			}
			output := call(t, backendtest.Go(t), func(inputs []*Node) []*Node { return []*Node{target.Energy(inputs[0])} }, rows)
			return columns(output[0])[0]
		}
		for _, chain := range []samplers.Chain{
			samplers.MALA{StepSize: map[string]float64{"gaussian": 0.3, "double well": 0.1, "funnel": 0.3}[name]},
			samplers.HMC{StepSize: map[string]float64{"gaussian": 0.9, "double well": 0.4, "funnel": 0.6}[name], Leapfrog: 3, Velocity: 1,
				Metropolis: true},
		} {
			t.Run(fmt.Sprintf("%s/%T", name, chain), func(t *testing.T) {
				x, acceptance := ends(t, target.Energy, chain, start, 40)
				if mean := stat.Mean(acceptance, nil); mean < 0.3 || mean > 0.9 {
					t.Errorf("%.2f of the proposals are accepted, so this shows little", mean)
				}
				mean, variance := target.Moments()
				moments(t, x, mean, variance)
				for d := range x {
					sameDistribution(t, fmt.Sprintf("coordinate %d", d), x[d], others[d])
				}
				sameDistribution(t, "energy", energies(x), energies(others))
			})
		}
	}
}

// From a start that is far off, each chain gets to the Gaussian.
func TestChainsReachTheTarget(t *testing.T) {
	target := gaussian(t, []float64{1, -2, 0}, 0.3)
	far := make([][]float32, manyChains)
	for i := range far {
		far[i] = []float32{6, 6, -6}
	}
	for _, test := range []struct {
		chain samplers.Chain
		steps int
	}{
		{samplers.MALA{StepSize: 0.4}, 100},
		{samplers.HMC{StepSize: 0.7, Leapfrog: 3, Velocity: 1, Metropolis: true}, 25},
	} {
		t.Run(fmt.Sprintf("%T", test.chain), func(t *testing.T) {
			x, _ := ends(t, target.Energy, test.chain, tensors.FromValue(far), test.steps)
			mean, variance := target.Moments()
			moments(t, x, mean, variance)
		})
	}
}

// The unadjusted algorithm on E = (x-m)ᵀ P (x-m)/2 is x' - m = A (x - m + √(2ε) z) with A = I - εP. From a fixed start, mean and
// covariance follow after each step, and so does the error that the missing test leaves:
//
//	m' - m = A (m₀ - m),   C' = A (C + 2ε I) A
func TestUnadjustedLangevinOnACorrelatedGaussian(t *testing.T) {
	const epsilon, steps, dims = 0.2, 25, 2
	centre := []float64{1, -2}
	precision := mat.NewSymDense(dims, []float64{2, -1.2, -1.2, 1.5})
	var covariance mat.SymDense
	var cholesky mat.Cholesky
	if !cholesky.Factorize(precision) || cholesky.InverseTo(&covariance) != nil {
		t.Fatal("the precision is not positive definite")
	}
	target, err := targets.NewGaussian(centre, &covariance)
	if err != nil {
		t.Fatal(err)
	}

	a, c, noise := mat.NewDense(dims, dims, nil), mat.NewDense(dims, dims, nil), mat.NewDense(dims, dims, nil)
	offset := mat.NewVecDense(dims, []float64{4, 1})
	for i := range dims {
		a.Set(i, i, 1)
		noise.Set(i, i, 2*epsilon)
	}
	var step mat.Dense
	step.Scale(epsilon, precision)
	a.Sub(a, &step)
	start := make([][]float32, manyChains)
	for i := range start {
		start[i] = []float32{float32(centre[0] + offset.AtVec(0)), float32(centre[1] + offset.AtVec(1))}
	}
	for range steps {
		var next mat.VecDense
		next.MulVec(a, offset)
		offset.CopyVec(&next)
		c.Add(c, noise)
		c.Product(a, mat.DenseCopyOf(c), a)
	}

	x, _ := ends(t, target.Energy, samplers.Langevin{StepSize: epsilon, Noise: math.Sqrt(2 * epsilon)}, tensors.FromValue(start), steps)
	for i := range dims {
		is(t, "a mean", x[i], centre[i]+offset.AtVec(i))
		for j := range i + 1 {
			products := make([]float64, manyChains)
			for k := range products {
				products[k] = (x[i][k] - centre[i] - offset.AtVec(i)) * (x[j][k] - centre[j] - offset.AtVec(j))
			}
			is(t, "a covariance", products, c.At(i, j))
		}
		if error := math.Abs(c.At(i, i)/covariance.At(i, i) - 1); error < 0.1 {
			t.Errorf("the variance is only %.3f off the target's, so this shows little", error)
		}
	}
}

// With velocities of standard deviation s the chain samples exp(-E/s²).
func TestVelocitiesSetTheTemperature(t *testing.T) {
	const s = 0.5
	random := rand.New(rand.NewPCG(1, 2))
	_, start := normals(random, manyChains, 1, s)
	chain := samplers.HMC{StepSize: 1.5, Leapfrog: 2, Velocity: s, Metropolis: true}
	x, _ := ends(t, quadratic(1), chain, tensors.FromValue(start), 30)
	moments(t, x, []float64{0}, []float64{s * s})
}

// Within bounds [a, b] the standard normal has the mean (φ(a) - φ(b))/Z and the second moment 1 + (a φ(a) - b φ(b))/Z.
func TestChainsWithinBounds(t *testing.T) {
	const a, b = -0.5, 1.5
	normal := distuv.UnitNormal
	z := normal.CDF(b) - normal.CDF(a)
	mean := (normal.Prob(a) - normal.Prob(b)) / z
	variance := 1 + (a*normal.Prob(a)-b*normal.Prob(b))/z - mean*mean
	start := make([][]float32, manyChains)
	for i := range start {
		start[i] = []float32{0}
	}
	for _, chain := range []samplers.Chain{
		samplers.MALA{StepSize: 0.5, Min: a, Max: b},
		samplers.HMC{StepSize: 0.7, Leapfrog: 2, Velocity: 1, Metropolis: true, Min: a, Max: b},
	} {
		t.Run(fmt.Sprintf("%T", chain), func(t *testing.T) {
			x, _ := ends(t, quadratic(1), chain, tensors.FromValue(start), 60)
			moments(t, x, []float64{mean}, []float64{variance})
			for _, v := range x[0] {
				if v < a || v > b {
					t.Fatalf("%g lies beyond the bounds", v)
				}
			}
		})
	}
}
