package data

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
)

// mnistMirrors serve the official files; the first is tried first.
var mnistMirrors = []string{
	"https://ossci-datasets.s3.amazonaws.com/mnist/",
	"https://storage.googleapis.com/cvdf-datasets/mnist/",
}

// idxFile is an official file, under its name once unpacked, and the MD5 of its gzip.
type idxFile struct{ name, gzipMD5 string }

// names are those of the file as it may lie in the data directory: unpacked, or gzipped.
func (f idxFile) names() []string { return []string{f.name, f.name + ".gz"} }

type idxPair struct{ images, labels idxFile }

var mnistOfficial = official{set: "MNIST", folder: "mnist"}

var mnistFiles = map[string]idxPair{
	"train": {
		images: idxFile{"train-images-idx3-ubyte", "f68b3c2dcbeaaa9fbdd348bbdeb94873"},
		labels: idxFile{"train-labels-idx1-ubyte", "d53e105ee54ea40749a09fcbcd1e9432"},
	},
	"test": {
		images: idxFile{"t10k-images-idx3-ubyte", "9fb629c4189551a2d022fa330f9573f3"},
		labels: idxFile{"t10k-labels-idx1-ubyte", "ec29112dd5afa0611ce80d1b7f02629c"},
	},
}

// MNIST reads the split "train" (officially 60,000 images) or "test" (10,000) of the MNIST handwritten digits: images
// [1, 28, 28] with labels and classes 0 to 9. The files are looked for under their official names, gzipped or not, in the data directory
// dir (see [Dir]) and in its folder mnist. A missing one is downloaded into that folder; where that fails, the error says
// which files to put where. The count of examples is the files' own.
func MNIST(dir, split string) (*Set, error) {
	return mnist(dir, split, mnistMirrors)
}

func mnist(dir, split string, mirrors []string) (*Set, error) {
	files, ok := mnistFiles[split]
	if !ok {
		return nil, mnistOfficial.splitErr(split, "train", "test")
	}
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	imagesPath, imagesErr := findOrDownload(dir, files.images, mirrors)
	if imagesErr != nil {
		return nil, missingMNIST(dir, split, imagesErr)
	}
	labelsPath, labelsErr := findOrDownload(dir, files.labels, mirrors)
	if labelsErr != nil {
		return nil, missingMNIST(dir, split, labelsErr)
	}
	set, err := IDX(imagesPath, labelsPath)
	if err != nil {
		return nil, err
	}
	set.Name, set.Classes = "MNIST "+split, numbers(0, 9)
	if err := set.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", labelsPath, err)
	}
	return set, nil
}

func missingMNIST(dir, split string, cause error) error {
	files := mnistFiles[split]
	return fmt.Errorf("MNIST %s is not in %s: put %s.gz and %s.gz (or both unpacked, without .gz) into %s; their download failed: %w",
		split, dir, files.images.name, files.labels.name, filepath.Join(dir, mnistOfficial.folder), cause)
}

// hasMNIST tells whether both files of a split are in the data directory dir.
func hasMNIST(dir, split string) bool {
	files := mnistFiles[split]
	return mnistOfficial.find(dir, files.images.names()...) != "" && mnistOfficial.find(dir, files.labels.names()...) != ""
}

func findOrDownload(dir string, file idxFile, mirrors []string) (string, error) {
	if path := mnistOfficial.find(dir, file.names()...); path != "" {
		return path, nil
	}
	name := file.name + ".gz"
	path := filepath.Join(dir, mnistOfficial.folder, name)
	var failures []error
	for _, mirror := range mirrors {
		err := Download(context.Background(), mirror+name, path, file.gzipMD5)
		if err == nil {
			return path, nil
		}
		failures = append(failures, err)
	}
	return "", errors.Join(failures...)
}
