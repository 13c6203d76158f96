package layers

import (
	"strings"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// SpectralConv is [Conv] with its weight divided by its largest singular value, as a matrix W [out, in·size·size]:
//
//	weight = weight_orig / (uᵀ W v)
//
// where u and v approach the first singular vectors by [PowerIteration]; the gradient takes them as constants. Parameters:
// weight_orig [out, in, size, size], bias [out]; not trained: weight_u [out], weight_v [in·size·size]. (Miyato et al. 2018.)
func SpectralConv(scope *model.Scope, x *Node, out, size int) *Node {
	in := x.Shape().Dim(1)
	init := uniformByFanIn(scope, in*size*size)
	weight := parameter(scope, x, "weight_orig", init, out, in, size, size)
	u := vector(scope, x, "weight_u", out)
	v := vector(scope, x, "weight_v", in*size*size)
	sigma := ReduceAllSum(matMul(matMul(Reshape(u, 1, -1), Reshape(weight, out, -1)), Reshape(v, -1, 1)))
	bias := parameter(scope, x, "bias", init, out)
	return addBias(Convolution(x, ofParameters(Div(weight, sigma))), bias)
}

// vector is the value of a variable that is not trained, at first a random unit vector.
func vector(scope *model.Scope, x *Node, name string, length int) *Node {
	uniform := uniformByFanIn(scope, length)
	init := func(g *Graph, shape shapes.Shape) *Node { return unit(uniform(g, shape)) }
	variable := scope.WithInitializer(init).VariableWithShape(name, shapes.Make(wideType(x), length))
	variable.SetTrainable(false)
	return hold(variable.NodeValue(x))
}

// PowerIteration brings the vectors of every [SpectralConv] below the scope closer to the first singular vectors of its
// weight, in a graph whose energies come after it:
//
//	v = Wᵀu / ‖Wᵀu‖,  u = W v / ‖W v‖
//
// Training makes some before the first step, for vectors that start at random, and one at each step.
func PowerIteration(scope *model.Scope, g *Graph) {
	store := scope.Store()
	for variable := range scope.IterVariables() {
		path, found := strings.CutSuffix(variable.Path(), "/weight_u")
		if !found {
			continue
		}
		weight, u, v := store.GetVariable(path+"/weight_orig").NodeValue(g), variable, store.GetVariable(path+"/weight_v")
		w := Reshape(weight, weight.Shape().Dim(0), -1)
		right := unit(matMul(Reshape(u.NodeValue(g), 1, -1), w))
		left := unit(matMul(w, Reshape(right, -1, 1)))
		v.SetNodeValue(StopGradient(Reshape(right, -1)))
		u.SetNodeValue(StopGradient(Reshape(left, -1)))
	}
}

// unit is x divided by its L2 norm.
func unit(x *Node) *Node {
	return Div(x, AddScalar(Sqrt(ReduceAllSum(Square(x))), 1e-12))
}
