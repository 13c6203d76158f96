package models_test

import (
	"fmt"
	"log"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/models"
)

// Energies of three points, and the network's parameters, which the first use makes.
func ExampleMLP() {
	engine, err := backends.Open()
	if err != nil {
		log.Fatal(err)
	}
	network := models.MLP{Hidden: []int{32, 32}}
	store := model.NewStore()
	exec, err := model.NewExec(engine.Backend, store, func(scope *model.Scope, x *Node) *Node {
		return network.Energy(scope.At("energy"), x, nil)
	})
	if err != nil {
		log.Fatal(err)
	}
	energies, err := exec.Call([][]float32{{0, 0}, {1, 0}, {0, 1}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(energies[0].Shape(), store.Scope("/energy").NumParameters())
	// Output: (Float32)[3, 1] 1185
}
