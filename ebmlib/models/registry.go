package models

import "ebm/ebmlib/internal/named"

// registry is a function, for Ensemble and MultiScale, which are in it, use it.
func registry() named.Registry[Model] {
	return named.NewRegistry[Model]("model", CIFAR10{}, CelebA{}, ConvNet{}, Ensemble{}, Levels{}, MLP{}, MNIST{}, MultiScale{})
}

// FromJSON rebuilds a network of this package from the name of its type ("models.MNIST") and its fields as JSON, which is how a
// run's configuration records it.
//
// Errors: a type of somebody else's, which only the program that defines it knows; settings that don't fit the type.
func FromJSON(typeName string, settings []byte) (Model, error) {
	return registry().Rebuild(named.Value{Type: typeName, Settings: settings})
}
