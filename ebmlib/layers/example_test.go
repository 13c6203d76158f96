package layers_test

import (
	"fmt"
	"log"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/layers"
)

// Two images through a convolution and the pooling of the reference, which halves them.
func Example() {
	engine, err := backends.Open()
	if err != nil {
		log.Fatal(err)
	}
	exec, err := model.NewExec(engine.Backend, model.NewStore(), func(scope *model.Scope, x *Node) *Node {
		h := layers.Swish(layers.Conv(scope.At("conv1"), x, 16, 3))
		return layers.AveragePool(h, 3, 2, 1)
	})
	if err != nil {
		log.Fatal(err)
	}
	images := tensors.FromShape(shapes.Make(dtypes.Float32, 2, 1, 28, 28))
	outputs, err := exec.Call(images)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(outputs[0].Shape())
	// Output: (Float32)[2, 16, 14, 14]
}
