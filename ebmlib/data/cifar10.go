package data

import "fmt"

var cifar10Official = official{
	set:    "CIFAR-10",
	folder: "cifar-10-batches-bin",
	source: "the binary version, cifar-10-binary.tar.gz, from https://www.cs.toronto.edu/~kriz/cifar.html",
}

var cifar10Names = []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}

// CIFAR10 reads the split "train" (officially 50,000 images) or "test" (10,000) of CIFAR-10: images [3, 32, 32] of ten classes.
// The files of the binary version are looked for in the data directory dir (see [Dir]) and in its folder cifar-10-batches-bin:
// for "train" those of data_batch_1.bin to data_batch_5.bin that are there, at least one; for "test" test_batch.bin. The count
// of examples is the files' own. Classes have the names of batches.meta.txt, or the official ones if it is missing.
//
// A file of no whole number of records, and a label above 9, are errors that name the file and the record.
func CIFAR10(dir, split string) (*Set, error) {
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	switch split {
	case "train":
		paths, err = cifar10Official.needAny(dir, "data_batch_%d.bin", 5)
	case "test":
		paths = make([]string, 1)
		paths[0], err = cifar10Official.need(dir, "test_batch.bin")
	default:
		err = cifar10Official.splitErr(split, "train", "test")
	}
	if err != nil {
		return nil, err
	}
	classes, err := cifar10Official.names(dir, "batches.meta.txt", cifar10Names)
	if err != nil {
		return nil, err
	}
	images, labels, err := readCIFAR(paths, len(classes))
	if err != nil {
		return nil, fmt.Errorf("CIFAR-10: %w", err)
	}
	return &Set{Name: "CIFAR-10 " + split, Shape: []int{3, 32, 32}, Bytes: images, Labels: labels[0], Classes: classes}, nil
}
