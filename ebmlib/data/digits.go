package data

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
)

// Digits reads the largest set of real handwritten digits at hand, with labels 0 to 9; its Name says which it is:
//
//   - "MNIST train", or else "MNIST test", [1, 28, 28], if the files are in the data directory dir (see [Dir] and [MNIST]);
//   - else "MNIST train" by download;
//   - else "digits 8x8", [1, 8, 8]: the 1,797 digits that scikit-learn carries, as the IDX files images-idx3-ubyte and
//     labels-idx1-ubyte in the folder digits-8x8 of dir, where make setup writes them. A warning is logged that says why
//     it was not MNIST.
//
// If there are none, the error names every remedy. A set that is there but damaged is an error; no other stands in for it.
func Digits(dir string) (*Set, error) {
	return digits(dir, mnistMirrors)
}

func digits(dir string, mirrors []string) (*Set, error) {
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	if !hasMNIST(dir, "train") && hasMNIST(dir, "test") {
		return mnist(dir, "test", mirrors)
	}
	set, mnistErr := mnist(dir, "train", mirrors)
	if mnistErr == nil || hasMNIST(dir, "train") {
		return set, mnistErr
	}

	folder := filepath.Join(dir, "digits-8x8")
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no handwritten digits at hand. Either run make setup, which writes the small 8x8 ones to %s; or let this machine reach the network; or get MNIST by hand: %w",
			folder, mnistErr)
	}
	set, err = IDX(filepath.Join(folder, "images-idx3-ubyte"), filepath.Join(folder, "labels-idx1-ubyte"))
	if err != nil {
		return nil, fmt.Errorf("8x8 digits (make setup writes them anew): %w", err)
	}
	set.Name = "digits 8x8"
	slog.Warn("the 8x8 digits stand in for MNIST", "cause", mnistErr)
	return set, nil
}
