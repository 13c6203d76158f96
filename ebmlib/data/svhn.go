package data

import (
	"fmt"
	"io"
	"slices"
)

var svhnOfficial = official{
	set:    "SVHN",
	folder: "svhn",
	source: "the cropped digits (format 2), train_32x32.mat, test_32x32.mat and extra_32x32.mat, from http://ufldl.stanford.edu/housenumbers/",
}

// SVHN reads the split "train" (officially 73,257 images), "test" (26,032) or "extra" (531,131, which take 1.6 GB of memory) of
// the street view house numbers, cropped to digits: images [3, 32, 32] with labels and classes 0 to 9. The MATLAB 5 files, such
// as train_32x32.mat, are looked for in the data directory dir (see [Dir]) and in its folder svhn. The count of examples is the
// file's own.
//
// A file that is truncated or damaged, or lacks the images X, uint8 [32, 32, 3, n], and their labels y, 1 to 10 with 10 for the
// digit 0, is an error that names it.
func SVHN(dir, split string) (*Set, error) {
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	if split != "train" && split != "test" && split != "extra" {
		return nil, svhnOfficial.splitErr(split, "train", "test", "extra")
	}
	path, err := svhnOfficial.need(dir, split+"_32x32.mat")
	if err != nil {
		return nil, err
	}
	return svhnFile(path, "SVHN "+split)
}

func svhnFile(path, name string) (*Set, error) {
	set := &Set{Name: name, Shape: []int{3, 32, 32}, Classes: numbers(0, 9)}
	err := readMAT(path, map[string]func(*matVariable) error{
		"X": func(x *matVariable) (err error) {
			set.Bytes, err = svhnImages(x)
			return err
		},
		"y": func(y *matVariable) (err error) {
			set.Labels, err = svhnLabels(y)
			return err
		},
	})
	if err != nil {
		return nil, fmt.Errorf("SVHN: %w", err)
	}
	if len(set.Labels) != set.Len() {
		return nil, fmt.Errorf("SVHN: %s has %d images, but %d labels: it is damaged; get it again", path, set.Len(), len(set.Labels))
	}
	return set, nil
}

// svhnImages reads images, whose values run by row, column, channel and image, the first fastest.
func svhnImages(x *matVariable) ([]uint8, error) {
	if len(x.dims) != 4 || !slices.Equal(x.dims[:3], []int{32, 32, 3}) {
		return nil, fmt.Errorf("variable %s should have dimensions [32 32 3 n]; is it the right file?", x)
	}
	stream, count, err := x.bytes()
	if err != nil {
		return nil, err
	}
	images, record, decode := make([]uint8, count), make([]uint8, 3*32*32), columnByColumn(32)
	for rest := images; len(rest) > 0; rest = rest[len(record):] {
		if _, err := io.ReadFull(stream, record); err != nil {
			return nil, err
		}
		decode(rest[:len(record)], record)
	}
	return images, nil
}

func svhnLabels(y *matVariable) ([]int32, error) {
	var labels []int32
	err := y.eachNumber(func(i int, value float64) error {
		label := int32(value)
		if float64(label) != value || label < 1 || label > 10 {
			return fmt.Errorf("label %d of variable y is %v, and labels are 1 to 10, for digits 1 to 9 and 0: it is damaged; get it again", i, value)
		}
		labels = append(labels, label%10)
		return nil
	})
	return labels, err
}
