// Package metrics has measures of samples and of what an energy has learnt, one a file. They are functions of plain numbers.
//
//	size, err := metrics.ESS(chains) // effective sample size of chains [chains][draws] of one quantity
package metrics
