// Package losses has the terms of the training objective, one a file:
//
//	L = L_CD + L_KL (Du et al. 2021, section 3)
//
// Each is a named, weighted [Term], switched by being in the list or not. A term of one's own is another Term in that list.
//
//	objective := []losses.Term{
//		losses.ContrastiveDivergence(1),
//		losses.EnergyL2(1),
//		losses.KLEnergy(1),
//		losses.KLEntropy(0.3),
//	}
//
// Terms are graph functions: they build on the nodes of a [Batch] and return a scalar.
package losses
