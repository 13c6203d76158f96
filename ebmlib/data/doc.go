// Package data brings the examples that an energy is trained on into memory, and offers densities on the plane whose
// logarithm is known, against which a trained energy can be checked.
//
// Real images come from IDX files, the format of MNIST. Points come from a [Density2D], which both samples and evaluates:
//
//	digits, err := data.Digits("")                           // the best real digits at hand, from the data directory
//	images, err := data.IDX("images-idx3-ubyte", "")         // any IDX file of unsigned bytes, gzipped or not
//	points := data.Points(data.EightGaussians(), 10_000, 1)  // a fixed set of points, by seed
//
// Each gives a [Set]: plain slices with a shape, which [Set.Check] verifies before they are used.
//
// The data directory is what the caller names, else the variable EBM_DATA, else ~/.ebm/data (see [Dir]). Missing MNIST
// files are downloaded into its folder mnist where there is a network; otherwise the error says which files to put where.
package data
