package data

import (
	"fmt"
	"path/filepath"
)

// FileFormats says which files [File] reads.
const FileFormats = "IDX (as MNIST's, gzipped or not), CIFAR-10's or CIFAR-100's records (.bin), or SVHN's (.mat)"

// File reads the images of one file, in the format that its name says: .bin is CIFAR's, records of one label or of two as the file's size
// tells; .mat is SVHN's; any other is IDX.
//
// Errors: the file is missing, damaged, or of another format.
func File(path string) (*Set, error) {
	switch filepath.Ext(path) {
	case ".bin":
		return cifarFile(path)
	case ".mat":
		return svhnFile(path, filepath.Base(path))
	}
	return IDX(path, "")
}

func cifarFile(path string) (*Set, error) {
	file, size, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("CIFAR records: %w", err)
	}
	file.Close()
	classes := []int{len(cifar10Names)}
	if size%(1+cifarPixels) != 0 && size%(2+cifarPixels) == 0 {
		classes = []int{20, 100}
	}
	images, labels, err := readCIFAR([]string{path}, classes...)
	if err != nil {
		return nil, fmt.Errorf("CIFAR records: %w", err)
	}
	last := len(classes) - 1
	return &Set{Name: filepath.Base(path), Shape: []int{3, 32, 32}, Bytes: images, Labels: labels[last], Classes: numbers(0, classes[last]-1)}, nil
}
