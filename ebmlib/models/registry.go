package models

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sort"
	"strings"
)

// networks are those of this package, by the name of their type.
var networks = map[string]Model{
	"models.ConvNet": ConvNet{},
	"models.MLP":     MLP{},
	"models.MNIST":   MNIST{},
}

// FromJSON rebuilds a network of this package from the name of its type ("models.MNIST") and its fields as JSON, which is how a
// run's configuration records it.
//
// Errors: a type of somebody else's, which only the program that defines it knows; settings that don't fit the type.
func FromJSON(typeName string, settings []byte) (Model, error) {
	prototype, found := networks[typeName]
	if !found {
		var names []string
		for name := range networks {
			names = append(names, name)
		}
		sort.Strings(names)
		return nil, fmt.Errorf("model %s is not one of ebmlib's (%s): open the run from the program that defines it",
			typeName, strings.Join(names, ", "))
	}
	network := reflect.New(reflect.TypeOf(prototype))
	if err := json.Unmarshal(settings, network.Interface()); err != nil {
		return nil, fmt.Errorf("settings of model %s: %w", typeName, err)
	}
	return network.Elem().Interface().(Model), nil
}
