package doctor

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// allowed is the largest difference that is put down to rounding: that of float32 makes about 1e-5 here, and that of a GPU's matrix units,
// which round what they multiply to 10 bits, up to 1e-2. A derivative that is wrong is off by far more.
const allowed = 0.05

// The problem of the self-test is small enough to be compiled in seconds by the slowest compiler, and such that second derivatives are large
// beside first ones.
var (
	network = models.ConvNet{Side: 4, Filters: []int{4}}
	example = []int{2, 1, 4, 4}
	chain   = samplers.Langevin{StepSize: 3}
)

const (
	deviation  = 0.8  // of the weights
	directions = 3    // along which x and the weights are moved
	moved      = 0.03 // the step of the finite differences: by how much each entry is moved, on average
)

// gradients compares two gradients that an engine computes with finite differences of the same functions, which it computes too:
//
//	∂/∂x of f(x) = Σ E(x; w)                          as each step of a chain takes it
//	∂/∂w of g(w) = ‖x - s ∂E/∂x(x; w)‖²               through a Langevin step, of second order, as the KL term takes it
//
// for a small convolutional energy. It gives the largest difference, relative to the largest of the derivatives it compares.
func gradients(engine *backends.Engine) (largest float64, err error) {
	p, err := newProblem(engine)
	if err != nil {
		return 0, err
	}
	defer p.exec.Finalize()
	start, err := p.compute()
	if err != nil {
		return 0, err
	}
	random := rand.New(rand.NewPCG(3, 5))
	inX, err := p.difference(random, p.variables[:1], start[2:3], 0)
	if err != nil {
		return 0, err
	}
	inWeights, err := p.difference(random, p.variables[1:], start[3:], 1)
	return max(inX, inWeights), err
}

// problem is the energy with random values for x and the weights.
type problem struct {
	exec      *model.Exec
	variables []*model.Variable // x first
}

func newProblem(engine *backends.Engine) (*problem, error) {
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	random, pixels := rand.New(rand.NewPCG(1, 2)), make([]float32, 2*4*4)
	for i := range pixels {
		pixels[i] = random.Float32()
	}
	x, err := store.CreateVariable("/x", tensors.FromFlatDataAndDimensions(pixels, example...))
	if err != nil {
		return nil, err
	}
	p := &problem{variables: []*model.Variable{x}}
	p.exec, err = model.NewExec(engine.Backend, store, func(scope *model.Scope, g *Graph) []*Node {
		energy := func(x *Node) *Node { return network.Energy(scope.At("energy"), x, nil) }
		at := x.NodeValue(g)
		f := energy(at)
		end, _ := chain.Move(energy, at, ZerosLike(at))
		squares := ReduceAllSum(Square(end))
		var weights []*Node
		for weight := range scope.Store().Scope("/energy").IterVariables() {
			p.variables = append(p.variables, weight)
			weights = append(weights, weight.NodeValue(g))
		}
		return slices.Concat([]*Node{ReduceAllSum(f), squares, layers.InputGradient(f, at)}, Gradient(squares, weights...))
	})
	if err != nil {
		return nil, err
	}
	// The engine makes the weights, by its own random numbers; these are the same on every engine.
	if _, err := p.compute(); err != nil {
		return nil, err
	}
	for _, weight := range p.variables[1:] {
		values := make([]float32, weight.Shape().Size())
		for i := range values {
			values[i] = float32(deviation * random.NormFloat64())
		}
		if err := weight.SetValue(tensors.FromFlatDataAndDimensions(values, weight.Shape().Dimensions...)); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// compute gives f, g, ∂f/∂x and ∂g/∂(each weight).
func (p *problem) compute() ([][]float64, error) {
	outputs, err := p.exec.Call()
	if err != nil {
		return nil, err
	}
	values := make([][]float64, len(outputs))
	for i, output := range outputs {
		flat, err := tensors.CopyFlatData[float32](output)
		if err != nil {
			return nil, err
		}
		for _, value := range flat {
			values[i] = append(values[i], float64(value))
		}
		output.FinalizeAll()
	}
	return values, nil
}

// difference moves variables along random directions, and compares how a function changes with what its gradient says.
func (p *problem) difference(random *rand.Rand, variables []*model.Variable, gradient [][]float64, function int) (float64, error) {
	var starts [][]float32
	for _, variable := range variables {
		start, err := tensors.CopyFlatData[float32](variable.MustValue())
		if err != nil {
			return 0, err
		}
		starts = append(starts, start)
	}
	var difference, scale float64
	for range directions {
		var direction [][]float64
		var derivative, finite float64
		for v, start := range starts {
			direction = append(direction, make([]float64, len(start)))
			for i := range start {
				direction[v][i] = random.NormFloat64()
				derivative += direction[v][i] * gradient[v][i]
			}
		}
		for _, point := range stencil {
			if err := move(variables, starts, direction, point.at*moved); err != nil {
				return 0, err
			}
			values, err := p.compute()
			if err != nil {
				return 0, err
			}
			finite += point.weight * values[function][0] / moved
		}
		difference = max(difference, math.Abs(derivative-finite))
		scale = max(scale, math.Abs(derivative), math.Abs(finite))
	}
	if scale == 0 {
		return 0, errors.New("all its gradients are zero")
	}
	return difference / scale, move(variables, starts, nil, 0)
}

// stencil is the central difference of fourth order: f'(0) ≈ Σ weight f(at).
var stencil = []struct{ at, weight float64 }{{-2, 1. / 12}, {-1, -8. / 12}, {1, 8. / 12}, {2, -1. / 12}}

// move sets variables to where they are that far from their starts; in no direction, to their starts.
func move(variables []*model.Variable, starts [][]float32, direction [][]float64, far float64) error {
	for v, start := range starts {
		values := slices.Clone(start)
		if direction != nil {
			for i := range values {
				values[i] += float32(far * direction[v][i])
			}
		}
		if err := variables[v].SetValue(tensors.FromFlatDataAndDimensions(values, variables[v].Shape().Dimensions...)); err != nil {
			return err
		}
	}
	return nil
}
