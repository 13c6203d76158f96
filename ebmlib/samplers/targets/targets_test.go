package targets_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers/targets"
)

func all(t *testing.T) map[string]targets.Target {
	t.Helper()
	gaussian, err := targets.NewGaussian([]float64{1, -2}, mat.NewSymDense(2, []float64{2, 0.9, 0.9, 0.5}))
	if err != nil {
		t.Fatal(err)
	}
	well, err := targets.NewDoubleWell(1.5)
	if err != nil {
		t.Fatal(err)
	}
	funnel, err := targets.NewFunnel(3, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]targets.Target{"gaussian": gaussian, "double well": well, "funnel": funnel}
}

// is checks that the mean of independent numbers lies within four standard errors of what it should be.
func is(t *testing.T, what string, numbers []float64, want float64) {
	t.Helper()
	mean, deviation := stat.MeanStdDev(numbers, nil)
	if spread := deviation / math.Sqrt(float64(len(numbers))); !(math.Abs(mean-want) <= 4*spread) {
		t.Errorf("%s is %.4f, want %.4f ± %.4f", what, mean, want, spread)
	}
}

// Exact samples have the moments told, and they are samples of the energy's density: integration by parts gives
//
//	E[x_j ∂E/∂x_i] = 1 if i = j, else 0
func TestDrawsMomentsAndEnergyAgree(t *testing.T) {
	const n = 50000
	for name, target := range all(t) {
		t.Run(name, func(t *testing.T) {
			x := targets.Draws(target, rand.New(rand.NewPCG(1, 2)), n)
			exec, err := NewExec(backendtest.Go(t).Backend, func(x *Node) *Node {
				return Gradient(ReduceAllSum(target.Energy(x)), x)[0]
			})
			if err != nil {
				t.Fatal(err)
			}
			outputs, err := exec.Call(x)
			if err != nil {
				t.Fatal(err)
			}
			samples, gradients := tensors.MustCopyFlatData[float32](x), tensors.MustCopyFlatData[float32](outputs[0])
			mean, variance := target.Moments()
			dims := len(mean)
			each := func(f func(sample, gradient []float32) float64) []float64 {
				numbers := make([]float64, n)
				for i := range numbers {
					numbers[i] = f(samples[i*dims:(i+1)*dims], gradients[i*dims:(i+1)*dims])
				}
				return numbers
			}
			for i := range dims {
				is(t, fmt.Sprintf("mean %d", i), each(func(x, _ []float32) float64 { return float64(x[i]) }), mean[i])
				is(t, fmt.Sprintf("variance %d", i), each(func(x, _ []float32) float64 {
					return (float64(x[i]) - mean[i]) * (float64(x[i]) - mean[i])
				}), variance[i])
				for j := range dims {
					var want float64
					if i == j {
						want = 1
					}
					is(t, fmt.Sprintf("E[x%d ∂E/∂x%d]", j, i), each(func(x, g []float32) float64 { return float64(x[j] * g[i]) }), want)
				}
			}
		})
	}
}

// Energies by the formulas, on every engine.
func TestEnergies(t *testing.T) {
	for name, test := range map[string]struct {
		x    [][]float32
		want []float64
	}{
		// The inverse of (2 0.9, 0.9 0.5) is (0.5 -0.9, -0.9 2)/0.19.
		"gaussian":    {[][]float32{{1, -2}, {2, -2}, {0, 0}}, []float64{0, 0.5 / 0.19 / 2, (0.5 + 2*0.9*2 + 4*2) / 0.19 / 2}},
		"double well": {[][]float32{{1}, {0}, {-2}}, []float64{0, 1.5, 1.5 * 9}},
		"funnel":      {[][]float32{{0, 0, 0}, {1, 2, -1}}, []float64{0, 1/(2*0.64) + 5*math.Exp(-1)/2 + 1}},
	} {
		t.Run(name, func(t *testing.T) {
			backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
				target := all(t)[name]
				exec, err := NewExec(engine.Backend, func(x *Node) *Node { return target.Energy(x) })
				if err != nil {
					t.Fatal(err)
				}
				outputs, err := exec.Call(test.x)
				if err != nil {
					t.Fatal(err)
				}
				if err := outputs[0].Shape().CheckDims(len(test.x), 1); err != nil {
					t.Fatal(err)
				}
				for i, got := range tensors.MustCopyFlatData[float32](outputs[0]) {
					if !(math.Abs(float64(got)-test.want[i]) <= 1e-4) {
						t.Errorf("E%v is %g, want %g", test.x[i], got, test.want[i])
					}
				}
			})
		})
	}
}

// The variance of the double well against Simpson's rule, from a low barrier to wells so deep that each is a normal of variance
// 1/(8h) around ±1.
func TestVarianceOfTheDoubleWell(t *testing.T) {
	for _, height := range []float64{0.01, 1, 3, 100, 1e6} {
		well, err := targets.NewDoubleWell(height)
		if err != nil {
			t.Fatal(err)
		}
		const half, points = 12.0, 4_000_000
		var mass, second float64
		for i := range points + 1 {
			x := -half + 2*half*float64(i)/points
			weight := float64(2 + 2*(i%2)) // But for the ends, where the density is 0.
			p := weight * math.Exp(-height*(x*x-1)*(x*x-1))
			mass += p
			second += p * x * x
		}
		if _, variance := well.Moments(); math.Abs(variance[0]-second/mass) > 1e-6 {
			t.Errorf("h = %g: variance %.8f, want %.8f", height, variance[0], second/mass)
		}
	}
}

func TestTargetsThatThereAreNot(t *testing.T) {
	gaussian := func(mean []float64, entries ...float64) error {
		_, err := targets.NewGaussian(mean, mat.NewSymDense(2, entries))
		return err
	}
	well := func(height float64) error {
		_, err := targets.NewDoubleWell(height)
		return err
	}
	funnel := func(dims int, scale float64) error {
		_, err := targets.NewFunnel(dims, scale)
		return err
	}
	for message, err := range map[string]error{
		"the mean has 1 coordinates and the covariance 2": gaussian([]float64{0}, 1, 0, 0, 1),
		"not positive definite":                           gaussian([]float64{0, 0}, 1, 2, 2, 1),
		"the height is 0":                                 well(0),
		"the height is NaN":                               well(math.NaN()),
		"1 coordinates":                                   funnel(1, 1),
		"the scale is -1":                                 funnel(3, -1),
	} {
		if err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v, want an error that says %q", err, message)
		}
	}
}
