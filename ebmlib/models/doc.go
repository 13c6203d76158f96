// Package models has the energies E(x) of which p(x) ∝ exp(-E(x)).
//
// An energy is a function from a batch to energies, inside a graph. Chains, losses and metrics take an energy and know
// nothing of networks. A network is a plain struct that says its sizes and has the energy as a method:
//
//	network := models.MNIST{Filters: 64}
//	e := network.Energy(scope, x, nil) // x [batch, 1, 28, 28] -> [batch, 1]
//
// The networks of the paper's reference are [MNIST], [CIFAR10] and [CelebA], at any width and number of scales, with its parameter
// names; [Variant] has what can be varied in them. With several scales an energy has a column for each, and they are summed:
//
//	network := models.CIFAR10{Filters: 64, Scales: 3, Attention: true, Variant: models.Variant{Norm: models.NoNorm}}
//	e := network.Energy(scope, x, labels) // x [batch, 3, 32, 32], labels [batch, 10] one-hot -> [batch, 3]
//
// [ConvNet] and [MLP] are small ones, for a CPU and for points; [Levels] is the benchmark's; [Ensemble] trains several of a kind together,
// and [MultiScale] has one of a kind see the image at each of several sizes.
//
// A network of one's own is a struct with exported fields and an Energy method; that makes it a [Model], which train.Open
// takes as it takes those of this package.
package models
