package weights_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/models"
	"ebm/ebmlib/weights"
)

// The weights of one network go to a file, and from there to a network of the same settings.
func Example() {
	dir, err := os.MkdirTemp("", "weights")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "energy.safetensors")

	exported, err := weights.Export(newNetwork().Scope("/energy"))
	if err != nil {
		log.Fatal(err)
	}
	if err := weights.Write(path, exported); err != nil {
		log.Fatal(err)
	}

	read, err := weights.Read(path)
	if err != nil {
		log.Fatal(err)
	}
	report, err := weights.Import(newNetwork().Scope("/energy"), read)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	fmt.Println(read["res1.conv1.weight"].Shape())
	// Output:
	// 34 weights loaded
	// (Float32)[2, 2, 3, 3]
}

// newNetwork makes the variables of a network, by running a graph with it.
func newNetwork() *model.Store {
	engine, err := backends.Open()
	if err != nil {
		log.Fatal(err)
	}
	store := model.NewStore()
	exec, err := model.NewExec(engine.Backend, store, func(scope *model.Scope, images *Node) *Node {
		return models.MNIST{Filters: 2}.Energy(scope.At("energy"), images, nil)
	})
	if err != nil {
		log.Fatal(err)
	}
	if _, err := exec.Call(tensors.FromShape(shapes.Make(dtypes.Float32, 2, 1, 28, 28))); err != nil {
		log.Fatal(err)
	}
	return store
}
