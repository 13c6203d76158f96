// Package golden holds this project's numbers against those of the paper's reference implementation.
//
// A golden file is an .npz of weights, inputs and the numbers that the reference made of them, beside a .json that says which network
// and which settings made them (see [Setting]). [Check] rebuilds the network, runs the same computation, and reports how far off each
// quantity is:
//
//	report, err := golden.Check(engine, "testdata/cifar_cond.npz")
//	fmt.Println(report) // a line a quantity: its largest error, and the error allowed
//	report.Holds()
//
// The command ebm golden does so for all files of a directory.
//
// [Write] makes such a file of a setting and a seed, by which other programs can be held against this project's numbers as this project
// is against the reference's.
package golden
