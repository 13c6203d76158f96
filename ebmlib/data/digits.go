package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Digits reads the largest set of real handwritten digits in the data directory dir (see [Dir]), with labels 0 to 9; its Name
// says which it is:
//
//   - "MNIST train", or else "MNIST test", [1, 28, 28];
//   - else "digits 8x8", [1, 8, 8]: the 1,797 digits that scikit-learn carries, as the IDX files images-idx3-ubyte and
//     labels-idx1-ubyte in the folder digits-8x8 of dir, where make setup writes them.
//
// It downloads nothing: [MNIST] does. If there are none, the error names every remedy. A set that is there but damaged is an
// error; no other stands in for it.
func Digits(dir string) (*Set, error) {
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	for _, split := range []string{"train", "test"} {
		if hasMNIST(dir, split) {
			return MNIST(dir, split)
		}
	}
	folder := filepath.Join(dir, "digits-8x8")
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		files := mnistFiles["train"]
		return nil, missing(fmt.Sprintf("no handwritten digits in %s: run make setup, which downloads MNIST or writes the small 8x8 digits; "+
			"or put MNIST's %s.gz and %s.gz into %s", dir, files.images.name, files.labels.name, filepath.Join(dir, mnistOfficial.folder)))
	}
	set, err := IDX(filepath.Join(folder, "images-idx3-ubyte"), filepath.Join(folder, "labels-idx1-ubyte"))
	if err != nil {
		return nil, fmt.Errorf("8x8 digits (make setup writes them anew): %w", err)
	}
	set.Name, set.Classes = "digits 8x8", numbers(0, 9)
	if err := set.Check(); err != nil {
		return nil, fmt.Errorf("%s (make setup writes them anew): %w", folder, err)
	}
	return set, nil
}
