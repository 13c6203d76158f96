package data

import (
	"path/filepath"
	"slices"
	"testing"
)

// writeSmallDigits writes a stand-in for the 8x8 digits, with count images.
func writeSmallDigits(t *testing.T, dir string, count int) {
	t.Helper()
	writeIDX(t, []int{count, 8, 8}, make([]uint8, count*64), dir, "digits-8x8", "images-idx3-ubyte")
	writeIDX(t, []int{count}, make([]uint8, count), dir, "digits-8x8", "labels-idx1-ubyte")
}

func TestDigitsPrefersTheLargestSet(t *testing.T) {
	dir := t.TempDir()
	expectDigits := func(name string, count int) {
		t.Helper()
		set, err := Digits(dir)
		ok(t, err)
		ok(t, set.Check())
		if set.Name != name || set.Len() != count || len(set.Labels) != count {
			t.Errorf("got %q with %d images and %d labels, want %q with %d", set.Name, set.Len(), len(set.Labels), name, count)
		}
	}
	writeSmallDigits(t, dir, 2)
	expectDigits("digits 8x8", 2)
	writeMNIST(t, dir, "test", 3)
	expectDigits("MNIST test", 3)
	writeMNIST(t, dir, "train", 4)
	expectDigits("MNIST train", 4)
}

func TestSmallDigitsHaveOneChannel(t *testing.T) {
	dir := t.TempDir()
	writeSmallDigits(t, dir, 2)
	set, err := Digits(dir)
	ok(t, err)
	if !slices.Equal(set.Shape, []int{1, 8, 8}) || len(set.Classes) != 10 {
		t.Errorf("shape %v, want [1 8 8], and classes %q, want 10", set.Shape, set.Classes)
	}
}

func TestDigitsNamesEveryRemedy(t *testing.T) {
	dir := t.TempDir()
	_, err := Digits(dir)
	expectError(t, err, "make setup", dir,
		"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", filepath.Join(dir, "mnist"))
}

func TestDigitsDoesNotPassOverADamagedSet(t *testing.T) {
	dir := t.TempDir()
	writeSmallDigits(t, dir, 2)
	writeMNIST(t, dir, "train", 4)
	damaged := writeFile(t, []byte("damaged file"), dir, "train-images-idx3-ubyte")
	_, err := Digits(dir)
	expectError(t, err, damaged, "wrong magic number")

	dir = t.TempDir()
	writeSmallDigits(t, dir, 2)
	damaged = writeFile(t, nil, dir, "digits-8x8", "labels-idx1-ubyte")
	_, err = Digits(dir)
	expectError(t, err, damaged, "truncated", "make setup")

	writeIDX(t, []int{2}, []uint8{3, 10}, dir, "digits-8x8", "labels-idx1-ubyte")
	_, err = Digits(dir)
	expectError(t, err, filepath.Join(dir, "digits-8x8"), "label 10 at example 1", "make setup")
}
