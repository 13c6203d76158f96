// Package models has the energies E(x) of which p(x) ∝ exp(-E(x)).
//
// An energy is a function from a batch to energies, inside a graph. Chains, losses and metrics take an energy and know
// nothing of networks. A network is a plain struct that says its sizes and has the energy as a method:
//
//	network := models.MNIST{Filters: 64}
//	e := network.Energy(scope, x, nil) // x [batch, 1, 28, 28] -> [batch, 1]
//
// A network of one's own is a struct with exported fields and an Energy method; that makes it a [Model], which train.Open
// takes as it takes those of this package.
package models
