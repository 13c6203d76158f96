package data

import (
	"fmt"
	"io"
)

var stl10Official = official{
	set:    "STL-10",
	folder: "stl10_binary",
	source: "stl10_binary.tar.gz from https://cs.stanford.edu/~acoates/stl10/",
}

var stl10Names = []string{"airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"}

// STL10 opens the split "train" (officially 5,000 images), "test" (8,000) or "unlabeled" (100,000, without labels) of STL-10:
// images [3, 96, 96] of ten classes. The files of the binary version, such as train_X.bin and train_y.bin, are looked for in the
// data directory dir (see [Dir]) and in its folder stl10_binary. The count of examples is the file's own. Classes have the names
// of class_names.txt, or the official ones if it is missing.
//
// Images are read when they are asked for, from the file, which stays open as long as the source is in use. A file of no whole
// number of images, another number of labels, and a label that is not 1 to 10, are errors that name the file.
func STL10(dir, split string) (Source, error) {
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	if split != "train" && split != "test" && split != "unlabeled" {
		return nil, stl10Official.splitErr(split, "train", "test", "unlabeled")
	}
	path, err := stl10Official.need(dir, split+"_X.bin")
	if err != nil {
		return nil, err
	}
	source := &recordSource{
		info:   Info{Name: "STL-10 " + split, Shape: []int{3, 96, 96}, Images: true},
		decode: columnByColumn(96),
	}
	images, err := fileRecords(path, 3*96*96)
	if err != nil {
		return nil, fmt.Errorf("STL-10: %w", err)
	}
	source.parts, source.info.Examples = []records{images}, images.count
	if split == "unlabeled" {
		return source, nil
	}

	labelsPath, err := stl10Official.need(dir, split+"_y.bin")
	if err != nil {
		return nil, err
	}
	if source.info.Classes, err = stl10Official.names(dir, "class_names.txt", stl10Names); err != nil {
		return nil, err
	}
	source.labels, err = readSTL10Labels(labelsPath, images.count, len(source.info.Classes))
	if err != nil {
		return nil, fmt.Errorf("STL-10: %w", err)
	}
	return source, nil
}

// fileRecords are the records of size bytes that make up a file.
func fileRecords(path string, size int) (records, error) {
	file, bytes, err := openFile(path)
	if err != nil {
		return records{}, err
	}
	count, err := wholeRecords(path, bytes, size)
	if err != nil {
		file.Close()
		return records{}, err
	}
	read := func(i int, into []uint8) error {
		if n, err := file.ReadAt(into, int64(i)*int64(size)); n < size {
			return fmt.Errorf("%s, image %d: %w", path, i, err)
		}
		return nil
	}
	return records{count, read}, nil
}

// readSTL10Labels reads count labels of a byte each, which number the classes from 1.
func readSTL10Labels(path string, count, classes int) ([]int32, error) {
	file, bytes, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if bytes != int64(count) {
		return nil, fmt.Errorf("%s has %d labels for %d images: they are not of one set, or a file is truncated; get both again", path, bytes, count)
	}
	content := make([]uint8, count)
	if _, err := io.ReadFull(file, content); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	labels := make([]int32, count)
	for i, label := range content {
		if label < 1 || int(label) > classes {
			return nil, fmt.Errorf("%s: label %d is %d, and labels are 1 to %d: the file is damaged, or of another format; get it again",
				path, i, label, classes)
		}
		labels[i] = int32(label) - 1
	}
	return labels, nil
}
