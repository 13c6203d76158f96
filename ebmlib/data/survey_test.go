package data

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSurvey(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "digits-8x8")
	if err := errors.Join(os.Mkdir(folder, 0o777),
		WriteIDX(filepath.Join(folder, "images-idx3-ubyte"), []int{3, 8, 8}, make([]uint8, 3*8*8)),
		WriteIDX(filepath.Join(folder, "labels-idx1-ubyte"), []int{3}, make([]uint8, 3)),
		os.WriteFile(filepath.Join(dir, "train_32x32.mat"), []byte("not MATLAB's"), 0o666)); err != nil {
		t.Fatal(err)
	}
	var names []string
	for found := range Survey(dir) {
		names = append(names, found.Name)
		switch found.Name {
		case "digits":
			if found.Missing || found.Err != nil || found.Info.Examples != 3 {
				t.Errorf("three digits are %+v", found)
			}
		case "svhn":
			if found.Missing || found.Err == nil || !strings.Contains(found.Err.Error(), "train_32x32.mat") {
				t.Errorf("a damaged file is %+v", found)
			}
		default:
			if !found.Missing || found.Err != nil {
				t.Errorf("a set of which nothing is there is %+v", found)
			}
		}
	}
	if !slices.IsSorted(names) || !slices.Contains(names, "mnist") || slices.Contains(names, "moons") || slices.Contains(names, "shapes") {
		t.Errorf("the sets with files are %q", names)
	}
	if _, err := os.Stat(filepath.Join(dir, "mnist")); !os.IsNotExist(err) {
		t.Errorf("MNIST's folder was made (%v)", err)
	}
}
