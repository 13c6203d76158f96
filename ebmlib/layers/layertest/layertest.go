// Package layertest checks the derivatives of a layer, or of a whole network, of first and second order.
package layertest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
)

// Layer is a graph function with its parameters in scope.
type Layer func(scope *model.Scope, x *Node) *Node

// FiniteDifferences compares derivatives of a layer with central differences, in float64 on the pure Go engine, for random x of the
// given dimensions and random parameters. With c, u and u' random and constant, y = layer(x),
//
//	f = Σ c (y + y²)      first order:  ∂f/∂x and ∂f/∂(each parameter)
//	h = Σ u ∂f/∂x + Σ u' ∂f/∂(each parameter)       second order, likewise
//
// y² is there so that a linear layer has second derivatives too. Each variable is moved along random directions, as many as given; every
// entry of it has a part in each. Variables that are not trained stay constant.
func FiniteDifferences(t *testing.T, layer Layer, directions int, dims ...int) {
	t.Helper()
	engine := backendtest.Go(t)
	p := newProblem(t, engine, dtypes.Float64, layer, dims)
	analytic := p.derivatives(t)
	values, err := model.NewExec(engine.Backend, p.store, func(scope *model.Scope, g *Graph) []*Node {
		_, f, h := p.build(scope, g)
		return []*Node{f, h}
	})
	if err != nil {
		t.Fatal(err)
	}

	const step = 1e-5
	random := rand.New(rand.NewPCG(3, 5))
	for v, variable := range p.variables {
		start := tensors.MustCopyFlatData[float64](variable.MustValue())
		along := func(direction []float64, step float64) [2]float64 {
			moved := make([]float64, len(start))
			for i := range moved {
				moved[i] = start[i] + step*direction[i]
			}
			set(t, variable, tensors.FromFlatDataAndDimensions(moved, variable.Shape().Dimensions...))
			outputs, err := values.Call()
			if err != nil {
				t.Fatal(err)
			}
			return [2]float64{tensors.ToScalar[float64](outputs[0]), tensors.ToScalar[float64](outputs[1])}
		}
		for range directions {
			direction := tensors.MustCopyFlatData[float64](normals(random, dtypes.Float64, 1, []int{len(start)}))
			above, below := along(direction, step), along(direction, -step)
			for order, gradient := range [2][]float64{analytic.first[v], analytic.second[v]} {
				var got float64
				for i := range gradient {
					got += gradient[i] * direction[i]
				}
				want := (above[order] - below[order]) / (2 * step)
				noise := 5e-15 * math.Abs(above[order]) / step // The difference of two numbers has lost that much.
				if !(math.Abs(got-want) <= 1e-5*math.Abs(want)+1e-7*largest(gradient)+noise+1e-8) {
					t.Errorf("derivative of order %d in %s along a direction: %.9g, finite difference %.9g", order+1, variable.Path(), got, want)
				}
			}
		}
		set(t, variable, tensors.FromFlatDataAndDimensions(start, variable.Shape().Dimensions...))
	}
}

// SameOn compares the layer's output, and the derivatives that [FiniteDifferences] describes, computed in float32 on an engine with
// those in float64 on the pure Go engine.
func SameOn(t *testing.T, engine *backends.Engine, layer Layer, dims ...int) {
	t.Helper()
	reference := backendtest.Go(t)
	p := newProblem(t, engine, dtypes.Float32, layer, dims)
	got, want := p.derivatives(t), newProblem(t, reference, dtypes.Float64, layer, dims).derivatives(t)
	// A derivative that is zero but for rounding is compared on the scale of them all.
	compare := func(what string, got, want []float64, scale float64) {
		t.Helper()
		allowed := 2e-4*largest(want) + 2e-6*scale + 1e-5
		for i := range want {
			if !(math.Abs(got[i]-want[i]) <= allowed) {
				t.Errorf("%s, entry %d: %.6g on %s, %.6g in float64", what, i, got[i], engine.Kind, want[i])
				return
			}
		}
	}
	compare("output", got.output, want.output, 0)
	first, second := largest(slices.Concat(want.first...)), largest(slices.Concat(want.second...))
	for v, variable := range p.variables {
		compare("∂f/∂"+variable.Path(), got.first[v], want.first[v], first)
		compare("∂h/∂"+variable.Path(), got.second[v], want.second[v], second)
	}
}

// problem is a layer with values for its variables, x the first of them.
type problem struct {
	engine    *backends.Engine
	store     *model.Store
	layer     Layer
	variables []*model.Variable // x first, then those that are trained
}

// newProblem draws the same values for every engine and type.
func newProblem(t *testing.T, engine *backends.Engine, dtype dtypes.DType, layer Layer, dims []int) *problem {
	t.Helper()
	p := &problem{engine: engine, store: model.NewStore(), layer: layer}
	random := rand.New(rand.NewPCG(1, 2))
	x, err := p.store.CreateVariable("/x", normals(random, dtype, 1, dims))
	if err != nil {
		t.Fatal(err)
	}
	shape, err := model.NewExec(engine.Backend, p.store, func(scope *model.Scope, g *Graph) *Node {
		return layer(scope.At("layer"), x.NodeValue(g))
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := shape.Call(); err != nil { // makes the layer's variables
		t.Fatal(err)
	}
	p.variables = []*model.Variable{x}
	for variable := range p.store.Scope("/layer").IterVariables() {
		set(t, variable, normals(random, dtype, 0.5, variable.Shape().Dimensions))
		if variable.Trainable {
			p.variables = append(p.variables, variable)
		}
	}
	return p
}

func set(t *testing.T, variable *model.Variable, value *tensors.Tensor) {
	t.Helper()
	if err := variable.SetValue(value); err != nil {
		t.Fatal(err)
	}
}

// build makes y, f and h.
func (p *problem) build(scope *model.Scope, g *Graph) (y, f, h *Node) {
	random := rand.New(rand.NewPCG(7, 11))
	y = p.layer(scope.At("layer"), p.variables[0].NodeValue(g))
	c := ConstTensor(g, normals(random, y.DType(), 1, y.Shape().Dimensions))
	f = ReduceAllSum(Mul(c, Add(y, Square(y))))
	h = ScalarZero(g, f.DType())
	for _, gradient := range Gradient(f, p.nodes(g)...) {
		u := ConstTensor(g, normals(random, gradient.DType(), 1, gradient.Shape().Dimensions))
		h = Add(h, ReduceAllSum(Mul(u, gradient)))
	}
	return y, f, h
}

// nodes are the variables' values, x first.
func (p *problem) nodes(g *Graph) []*Node {
	var nodes []*Node
	for _, variable := range p.variables {
		nodes = append(nodes, variable.NodeValue(g))
	}
	return nodes
}

type derivatives struct {
	output        []float64
	first, second [][]float64 // by variable
}

func (p *problem) derivatives(t *testing.T) derivatives {
	t.Helper()
	exec, err := model.NewExec(p.engine.Backend, p.store, func(scope *model.Scope, g *Graph) []*Node {
		y, f, h := p.build(scope, g)
		outputs := append([]*Node{y}, Gradient(f, p.nodes(g)...)...)
		outputs = append(outputs, Gradient(h, p.nodes(g)...)...)
		for i, output := range outputs {
			outputs[i] = ConvertDType(output, dtypes.Float64)
		}
		return outputs
	})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := exec.Call()
	if err != nil {
		t.Fatal(err)
	}
	d := derivatives{output: tensors.MustCopyFlatData[float64](outputs[0])}
	for v := range p.variables {
		d.first = append(d.first, tensors.MustCopyFlatData[float64](outputs[1+v]))
		d.second = append(d.second, tensors.MustCopyFlatData[float64](outputs[1+len(p.variables)+v]))
	}
	return d
}

// normals draws a tensor of normal numbers with the given standard deviation, the same for float32 and float64.
func normals(random *rand.Rand, dtype dtypes.DType, deviation float64, dims []int) *tensors.Tensor {
	count := 1
	for _, dim := range dims {
		count *= dim
	}
	values := make([]float32, count)
	for i := range values {
		values[i] = float32(deviation * random.NormFloat64())
	}
	switch dtype {
	case dtypes.Float32:
		return tensors.FromFlatDataAndDimensions(values, dims...)
	case dtypes.Float64:
		wide := make([]float64, count)
		for i, value := range values {
			wide[i] = float64(value)
		}
		return tensors.FromFlatDataAndDimensions(wide, dims...)
	}
	panic(fmt.Sprintf("layertest: no random numbers of type %s", dtype))
}

func largest(values []float64) float64 {
	var most float64
	for _, value := range values {
		most = max(most, math.Abs(value))
	}
	return most
}
