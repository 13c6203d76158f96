package data

import "fmt"

var cifar100Official = official{
	set:    "CIFAR-100",
	folder: "cifar-100-binary",
	source: "the binary version, cifar-100-binary.tar.gz, from https://www.cs.toronto.edu/~kriz/cifar.html",
}

// CIFAR100 reads the split "train" (officially 50,000 images) or "test" (10,000) of CIFAR-100: images [3, 32, 32] labelled by
// their fine class, of a hundred; the attribute "coarse" has their coarse class, of twenty (see [Set.By]). The files of the binary
// version, train.bin and test.bin, are looked for in the data directory dir (see [Dir]) and in its folder cifar-100-binary. The
// count of examples is the file's own. Classes have the names of fine_label_names.txt and
// coarse_label_names.txt, or numbers if these are missing.
//
// Errors are as for [CIFAR10].
func CIFAR100(dir, split string) (*Set, error) {
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	if split != "train" && split != "test" {
		return nil, cifar100Official.splitErr(split, "train", "test")
	}
	path, err := cifar100Official.need(dir, split+".bin")
	if err != nil {
		return nil, err
	}
	coarse, err := cifar100Official.names(dir, "coarse_label_names.txt", numbers(0, 19))
	if err != nil {
		return nil, err
	}
	fine, err := cifar100Official.names(dir, "fine_label_names.txt", numbers(0, 99))
	if err != nil {
		return nil, err
	}
	images, labels, err := readCIFAR([]string{path}, len(coarse), len(fine))
	if err != nil {
		return nil, fmt.Errorf("CIFAR-100: %w", err)
	}
	return &Set{
		Name: "CIFAR-100 " + split, Shape: []int{3, 32, 32}, Bytes: images, Labels: labels[1], Classes: fine,
		Attributes: []Attribute{{Name: "coarse", Classes: coarse, Labels: labels[0]}},
	}, nil
}
