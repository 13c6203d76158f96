package losses_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/samplers"
)

// alignment is the term's formula on rows of two coordinates, a vector of zeros at no angle to any other.
func alignment(velocities, gradients [][]float64) (mean float64) {
	for i, v := range velocities {
		g := gradients[i]
		if norms := math.Hypot(v[0], v[1]) * math.Hypot(g[0], g[1]); norms > 0 {
			mean += math.Abs(v[0]*g[0]+v[1]*g[1]) / norms / float64(len(velocities))
		}
	}
	return mean
}

// Lengths make no difference, however small; nor does the sign.
func TestHMCAlignment(t *testing.T) {
	parallel, across := []float64{3, -4}, []float64{4, 3}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for name, test := range map[string]struct {
			velocity, gradient []float64
			want               float64
		}{
			"parallel": {[]float64{3e-6, -4e-6}, parallel, 1},
			"opposite": {[]float64{-300, 400}, parallel, 1},
			"across":   {across, parallel, 0},
			"between":  {[]float64{7, -1}, parallel, math.Sqrt(0.5)},
			"at rest":  {[]float64{0, 0}, parallel, 0},
			"no slope": {parallel, []float64{0, 0}, 0},
		} {
			exec, err := NewExec(engine.Backend, func(v, g *Node) []*Node {
				loss := losses.HMCAlignment(1).Loss(losses.Batch{Velocity: v, Gradient: g})
				return append([]*Node{loss}, Gradient(loss, v, g)...)
			})
			if err != nil {
				t.Fatal(err)
			}
			single := func(row []float64) [][]float32 { return [][]float32{{float32(row[0]), float32(row[1])}} }
			outputs, err := exec.Call(single(test.velocity), single(test.gradient))
			if err != nil {
				t.Fatal(err)
			}
			if got := float64(tensors.ToScalar[float32](outputs[0])); !(math.Abs(got-test.want) <= 1e-5) {
				t.Errorf("%s: %g, want %g", name, got, test.want)
			}
			for _, output := range outputs[1:] {
				for _, g := range flat(t, output) {
					if math.IsNaN(g) || math.IsInf(g, 0) {
						t.Errorf("%s: the gradient has %g in it", name, g)
					}
				}
			}
		}
	})
}

// The mean over a batch, and its gradient, against the formula and finite differences.
func TestHMCAlignmentGradient(t *testing.T) {
	const rows = 6
	random := rand.New(rand.NewPCG(1, 2))
	batch := make([][][]float64, 2) // velocities and gradients
	for k := range batch {
		for range rows {
			batch[k] = append(batch[k], []float64{random.NormFloat64(), random.NormFloat64()})
		}
	}
	exec, err := NewExec(backendtest.Go(t).Backend, func(v, g *Node) []*Node {
		loss := losses.HMCAlignment(1).Loss(losses.Batch{Velocity: v, Gradient: g})
		return append([]*Node{loss}, Gradient(loss, v, g)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := exec.Call(batch[0], batch[1])
	if err != nil {
		t.Fatal(err)
	}
	if got, want := tensors.ToScalar[float64](outputs[0]), alignment(batch[0], batch[1]); !(math.Abs(got-want) <= 1e-12) {
		t.Errorf("value %g, want %g", got, want)
	}
	const step = 1e-6
	for k, name := range []string{"velocity", "gradient"} {
		got := tensors.MustCopyFlatData[float64](outputs[1+k])
		for i := range rows {
			for d := range 2 {
				entry := &batch[k][i][d]
				before := *entry
				*entry = before + step
				above := alignment(batch[0], batch[1])
				*entry = before - step
				want := (above - alignment(batch[0], batch[1])) / (2 * step)
				*entry = before
				if !(math.Abs(got[2*i+d]-want) <= 1e-7) {
					t.Errorf("derivative in the %s, row %d, entry %d: %g, finite difference %g", name, i, d, got[2*i+d], want)
				}
			}
		}
	}
}

// With the chain that it belongs to, the term can be differentiated in the energy's parameters.
func TestHMCAlignmentOfAChain(t *testing.T) {
	chain := samplers.HMC{StepSize: 0.3, Leapfrog: 2, Velocity: 0.1}
	exec, err := NewExec(backendtest.Go(t).Backend, func(x, velocity, theta *Node) []*Node {
		energy := func(x *Node) *Node {
			return ReduceAndKeep(Add(Square(Square(x)), Mul(theta, Mul(x, Reverse(x, 1)))), ReduceSum, 1)
		}
		_, info := chain.Move(energy, samplers.Init(x, nil).Detach().X, velocity, nil)
		loss := losses.HMCAlignment(1).Loss(losses.Batch{Velocity: info.Velocity, Gradient: info.Gradient})
		return []*Node{loss, Gradient(loss, theta)[0]}
	})
	if err != nil {
		t.Fatal(err)
	}
	evaluate := func(theta float64) (value, derivative float64) {
		outputs, err := exec.Call([][]float64{{0.5, -0.3}, {0.1, 0.8}, {-0.4, 0.2}}, [][]float64{{0.1, 0}, {-0.05, 0.1}, {0, 0.2}}, theta)
		if err != nil {
			t.Fatal(err)
		}
		return tensors.ToScalar[float64](outputs[0]), tensors.ToScalar[float64](outputs[1])
	}
	const step = 1e-5
	above, _ := evaluate(0.7 + step)
	below, _ := evaluate(0.7 - step)
	_, got := evaluate(0.7)
	if want := (above - below) / (2 * step); !(math.Abs(got-want) <= 1e-6) || math.Abs(want) < 1e-3 {
		t.Errorf("derivative %g, finite difference %g", got, want)
	}
}

func TestHMCAlignmentWithoutAVelocity(t *testing.T) {
	exec, err := NewExec(backendtest.Go(t).Backend, func(x *Node) *Node {
		return losses.HMCAlignment(1).Loss(losses.Batch{Samples: x})
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.Call([][]float32{{1}}); err == nil || !strings.Contains(err.Error(), "only samplers.HMC does") {
		t.Errorf("%v, want an error that says which chain gives a velocity", err)
	}
}
