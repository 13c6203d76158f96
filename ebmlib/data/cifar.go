package data

import (
	"bufio"
	"fmt"
	"io"
	"slices"
)

// A file of CIFAR is a run of records: a byte for each label, then the planes red, green and blue of an image, row by row.
const cifarPixels = 3 * 32 * 32

// readCIFAR reads the records of files. There is a label byte for each number of classes, below which it must lie.
func readCIFAR(paths []string, classes ...int) (images []uint8, labels [][]int32, err error) {
	labels = make([][]int32, len(classes))
	for _, path := range paths {
		if images, err = appendCIFAR(images, labels, path, classes); err != nil {
			return nil, nil, err
		}
	}
	return images, labels, nil
}

// appendCIFAR reads one file: it returns images with the file's appended, and appends to the labels of each kind.
func appendCIFAR(images []uint8, labels [][]int32, path string, classes []int) ([]uint8, error) {
	file, bytes, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	record := make([]uint8, len(classes)+cifarPixels)
	count, err := wholeRecords(path, bytes, len(record))
	if err != nil {
		return nil, err
	}
	images = slices.Grow(images, count*cifarPixels)
	stream := bufio.NewReaderSize(file, 1<<16)
	for i := range count {
		if _, err := io.ReadFull(stream, record); err != nil {
			return nil, fmt.Errorf("%s, record %d: %w", path, i, err)
		}
		for k, most := range classes {
			if int(record[k]) >= most {
				return nil, fmt.Errorf("%s, record %d: label %d is above %d: the file is damaged, or of another format; get it again",
					path, i, record[k], most-1)
			}
			labels[k] = append(labels[k], int32(record[k]))
		}
		images = append(images, record[len(classes):]...)
	}
	return images, nil
}
