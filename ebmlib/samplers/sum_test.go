package samplers_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/mat"

	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
	"ebm/ebmlib/samplers/targets"
)

func normal(t *testing.T, mean, variance float64) *targets.Gaussian {
	t.Helper()
	g, err := targets.NewGaussian([]float64{mean}, mat.NewDiagDense(1, []float64{variance}))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// Energies of one scale and of three add up to one column, the second at half its weight.
func TestSum(t *testing.T) {
	one := func(x *Node) *Node { return ReduceAndKeep(x, ReduceSum, 1) }
	three := func(x *Node) *Node { return Concatenate([]*Node{x, MulScalar(one(x), 10)}, 1) }
	outputs := call(t, backendtest.Go(t), func(inputs []*Node) []*Node {
		x := inputs[0]
		return []*Node{samplers.Sum(one, samplers.Scale(three, 0.5))(x), samplers.Scale(three, -2)(x), samplers.Sum(three)(x)}
	}, [][]float32{{1, 2}, {-3, 5}})
	near(t, "the sum", outputs[0], []float32{3 + 16.5, 2 + 11}, 1e-6)
	near(t, "three scales times -2", outputs[1], []float32{-2, -4, -60, 6, -10, -40}, 1e-6)
	near(t, "a sum of one", outputs[2], []float32{33, 22}, 1e-6)
	if dims := outputs[0].Shape().Dimensions; len(dims) != 2 || dims[1] != 1 {
		t.Errorf("the sum is of shape %s, want [2, 1]", outputs[0].Shape())
	}
}

func TestSumOfNone(t *testing.T) {
	_, err := ExecOnce(backendtest.Go(t).Backend, func(x *Node) *Node { return samplers.Sum()(x) }, [][]float32{{1}})
	if err == nil || !strings.Contains(err.Error(), "samplers.Sum: no energies") {
		t.Errorf("a sum of none: %v", err)
	}
}

// The precisions 1/variance of Gaussians, weighted, add up in their product, as do their means times these. A weight below 0 takes
// precision away, and pushes the mean away.
func TestSamplesOfASumOfGaussians(t *testing.T) {
	wide, narrow := normal(t, -1, 4), normal(t, 2, 1)
	chain := samplers.MALA{StepSize: 0.5}
	for name, test := range map[string]struct {
		weight, mean, variance float64
	}{
		"product":  {1, (-1*0.25 + 2*1) / 1.25, 1 / 1.25},
		"sharper":  {3, (-3*0.25 + 2*1) / 1.75, 1 / 1.75},
		"negation": {-1, (1*0.25 + 2*1) / 0.75, 1 / 0.75},
	} {
		t.Run(name, func(t *testing.T) {
			start := targets.Draws(narrow, rand.New(rand.NewPCG(1, 2)), manyChains)
			x, _ := ends(t, samplers.Sum(samplers.Scale(wide.Energy, test.weight), narrow.Energy), chain, start, 40)
			moments(t, x, []float64{test.mean}, []float64{test.variance})
		})
	}
}
