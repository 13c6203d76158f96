package layers_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers"
)

// network has a layer of each kind that has parameters.
func network(scope *model.Scope, x *Node) *Node {
	h := layers.AveragePool(x, 3, 2, 1)
	h = layers.GroupNorm(scope.At("norm"), layers.StandardizedConv(scope.At("conv1"), h, 4, 3), 2)
	h = layers.Conv(scope.At("conv2"), layers.Swish(h), 3, 1)
	return layers.Linear(scope.At("linear"), layers.MeanOverPositions(layers.Swish(h)), 1)
}

func networkInput() *tensors.Tensor {
	values := make([]float32, 2*1*6*5)
	for i := range values {
		values[i] = float32(i*i%17)/17 - 0.4
	}
	return tensors.FromFlatDataAndDimensions(values, 2, 1, 6, 5)
}

// gradientsOf gives the gradient of Σ y in x, then in each parameter.
func gradientsOf(store *model.Store, y, x *Node) []*Node {
	nodes := []*Node{x}
	for variable := range store.IterVariables() {
		if variable.Trainable {
			nodes = append(nodes, variable.NodeValue(x.Graph()))
		}
	}
	return Gradient(ReduceAllSum(y), nodes...)
}

func TestHoldParameters(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		var count int
		store := model.NewStore()
		outputs := call(t, engine, store, func(scope *model.Scope, inputs []*Node) []*Node {
			x := inputs[0]
			energy := func(x *Node) *Node { return network(scope, x) }
			free := energy(x)
			held := layers.HoldParameters(energy)(x)
			nested := layers.HoldParameters(func(x *Node) *Node {
				layers.HoldParameters(energy)(x)
				return energy(x) // still held
			})(x)
			after := energy(x)
			var all []*Node
			for _, y := range []*Node{free, held, nested, after} {
				gradients := gradientsOf(store, y, x)
				count = len(gradients)
				all = append(all, append([]*Node{y}, gradients...)...)
			}
			return all
		}, networkInput())

		flat := func(which, output int) []float32 {
			return tensors.MustCopyFlatData[float32](outputs[which*(count+1)+output])
		}
		for which, name := range []string{"free", "held", "nested", "after"} {
			near(t, name+": energy", flat(which, 0), flat(0, 0), 1e-6)
			near(t, name+": gradient in x", flat(which, 1), flat(0, 1), 1e-6)
			var nonzero bool
			for parameter := 2; parameter <= count; parameter++ {
				for _, value := range flat(which, parameter) {
					nonzero = nonzero || value != 0
				}
			}
			if wantNonzero := name == "free" || name == "after"; nonzero != wantNonzero {
				t.Errorf("%s: some gradient in a parameter differs from 0: %t, want %t", name, nonzero, wantNonzero)
			}
			if name == "after" {
				for parameter := 2; parameter <= count; parameter++ {
					near(t, "after: gradient in a parameter", flat(which, parameter), flat(0, parameter), 1e-6)
				}
			}
		}
	})
}

// HoldParameters lets go of the parameters even when what it builds panics.
func TestHoldParametersEndsWithAPanic(t *testing.T) {
	outputs := call(t, backendtest.Go(t), model.NewStore(), func(scope *model.Scope, inputs []*Node) []*Node {
		x := inputs[0]
		func() {
			defer func() { _ = recover() }()
			layers.HoldParameters(func(*Node) *Node { panic("a layer of wrong shape") })(x)
		}()
		y := layers.Linear(scope, x, 1)
		return Gradient(ReduceAllSum(y), scope.GetVariable("bias").NodeValue(x.Graph()))
	}, [][]float32{{1, 2}})
	near(t, "gradient in the bias", tensors.MustCopyFlatData[float32](outputs[0]), []float32{1}, 1e-6)
}

// The gradient at a point that was itself cut off from what came before it, or that is a constant, is the gradient all the same.
func TestGradientAtAPointCutOff(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for name, layer := range map[string]func(*model.Scope, *Node) *Node{
			"Linear": func(scope *model.Scope, x *Node) *Node {
				return layers.Linear(scope, Reshape(x, x.Shape().Dim(0), -1), 2)
			},
			"AveragePool": func(_ *model.Scope, x *Node) *Node { return layers.AveragePool(x, 3, 2, 1) },
			"Conv":        func(scope *model.Scope, x *Node) *Node { return layers.Conv(scope, x, 2, 3) },
			"Swish":       func(_ *model.Scope, x *Node) *Node { return layers.Swish(x) },
		} {
			outputs := call(t, engine, model.NewStore(), func(scope *model.Scope, inputs []*Node) []*Node {
				x := inputs[0]
				var all []*Node
				for _, point := range []*Node{x, Identity(StopGradient(x)), Identity(ConstTensor(x.Graph(), networkInput()))} {
					all = append(all, Gradient(ReduceAllSum(Square(layer(scope, point))), point)[0])
				}
				return all
			}, networkInput())
			want := tensors.MustCopyFlatData[float32](outputs[0])
			near(t, name+" behind StopGradient", tensors.MustCopyFlatData[float32](outputs[1]), want, 1e-6)
			near(t, name+" at a constant", tensors.MustCopyFlatData[float32](outputs[2]), want, 1e-6)
		}
	})
}
