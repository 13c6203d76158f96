package doctor

import (
	"math/rand/v2"
	"testing"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
)

func TestGradientsHoldOnEveryEngine(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		largest, err := gradients(engine)
		if err != nil {
			t.Fatal(err)
		}
		if !(largest < 1e-3) && (engine.Kind != "xla" || !(largest < allowed)) { // A GPU's products may be rounded.
			t.Errorf("the gradients differ from finite differences by %g", largest)
		}
	})
}

// A gradient that is zero, half of what it should be, or lacks one of the weights is not put down to rounding.
func TestAWrongGradientIsFound(t *testing.T) {
	for name, spoil := range map[string]func(gradient [][]float64){
		"zero":             func(gradient [][]float64) { scale(gradient, 0) },
		"half":             func(gradient [][]float64) { scale(gradient, 0.5) },
		"without a weight": func(gradient [][]float64) { scale(gradient[:1], 0) },
	} {
		p, err := newProblem(backendtest.Go(t))
		if err != nil {
			t.Fatal(err)
		}
		start, err := p.compute()
		if err != nil {
			t.Fatal(err)
		}
		for function, variables := range []int{0, 1} {
			variables, gradient := p.variables[variables:], start[2+variables:]
			if function == 0 {
				variables, gradient = variables[:1], gradient[:1]
			}
			spoil(gradient)
			difference, err := p.difference(rand.New(rand.NewPCG(3, 5)), variables, gradient, function)
			if err != nil || !(difference > allowed) {
				t.Errorf("%s: function %d: the difference is %g (%v), which is allowed", name, function, difference, err)
			}
		}
	}
}

func scale(gradient [][]float64, factor float64) {
	for _, values := range gradient {
		for i := range values {
			values[i] *= factor
		}
	}
}
