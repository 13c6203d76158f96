package layers

import (
	"math"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
)

// parameter is the value of the scope's variable of that name, of x's type, which it makes with the initializer if need be.
func parameter(scope *model.Scope, x *Node, name string, init model.VariableInitializer, dims ...int) *Node {
	return ofParameters(variable(scope, x, name, init, dims...))
}

// preparedParameter is what prepare makes of a parameter alone: see prepared.
func preparedParameter(prepare func(*Node) *Node, scope *model.Scope, x *Node, name string, init model.VariableInitializer, dims ...int) *Node {
	return ofParameters(prepared(variable(scope, x, name, init, dims...), prepare))
}

func variable(scope *model.Scope, x *Node, name string, init model.VariableInitializer, dims ...int) *Node {
	return scope.WithInitializer(init).VariableWithShape(name, shapes.Make(wideType(x), dims...)).NodeValue(x)
}

// uniformByFanIn draws from U(-1/√fanIn, 1/√fanIn): PyTorch's default for linear layers and convolutions, weight and
// bias alike, and so the reference's.
func uniformByFanIn(scope *model.Scope, fanIn int) model.VariableInitializer {
	bound := 1 / math.Sqrt(float64(fanIn))
	return initializer.RandomUniformFn(scope, -bound, bound)
}
