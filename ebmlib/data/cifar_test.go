package data

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// cifarRecord is label bytes and an image of which value k, in the order of planes, rows and columns, is 31 seed + 7 k.
func cifarRecord(seed int, labels ...byte) []byte {
	record := slices.Clone(labels)
	for k := range 3072 {
		record = append(record, byte(31*seed+7*k))
	}
	return record
}

func TestCIFAR10ReadsTheTrainingFilesInOrder(t *testing.T) {
	for _, folder := range []string{"", "cifar-10-batches-bin"} {
		dir := t.TempDir()
		writeFile(t, cifarRecord(2, 9), dir, folder, "data_batch_5.bin")
		writeFile(t, append(cifarRecord(0, 3), cifarRecord(1, 0)...), dir, folder, "data_batch_2.bin")
		set, err := CIFAR10(dir, "train")
		ok(t, err)
		ok(t, set.Check())
		want := slices.Concat(cifarRecord(0), cifarRecord(1), cifarRecord(2))
		if !slices.Equal(set.Labels, []int32{3, 0, 9}) || !bytes.Equal(set.Bytes, want) || !slices.Equal(set.Shape, []int{3, 32, 32}) {
			t.Errorf("in folder %q: shape %v, labels %v, or the pixels are others", folder, set.Shape, set.Labels)
		}
		if set.Name != "CIFAR-10 train" || len(set.Classes) != 10 || set.Classes[0] != "airplane" || set.Classes[9] != "truck" {
			t.Errorf("%q has classes %q", set.Name, set.Classes)
		}
	}
}

func TestCIFAR10TakesNamesFromItsFile(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, cifarRecord(0, 1), dir, "cifar-10-batches-bin", "test_batch.bin")
	names := writeFile(t, []byte("a\nb\nc\nd\ne\nf\r\ng\nh\ni\nj\n\n\n"), dir, "cifar-10-batches-bin", "batches.meta.txt")
	set, err := CIFAR10(dir, "test")
	ok(t, err)
	if want := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}; !slices.Equal(set.Classes, want) {
		t.Errorf("classes %q, want %q", set.Classes, want)
	}
	writeFile(t, []byte("a\nb\n"), names)
	_, err = CIFAR10(dir, "test")
	expectError(t, err, "CIFAR-10", names, "must be 10", "has 2")
	writeFile(t, make([]byte, 1<<20), names)
	_, err = CIFAR10(dir, "test")
	expectError(t, err, "CIFAR-10", names, "one name a line")
}

func TestCIFAR100HasFineAndCoarseLabels(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, append(cifarRecord(5, 19, 99), cifarRecord(6, 0, 7)...), dir, "cifar-100-binary", "test.bin")
	set, err := CIFAR100(dir, "test")
	ok(t, err)
	ok(t, set.Check())
	if !slices.Equal(set.Labels, []int32{99, 7}) || !bytes.Equal(set.Bytes, append(cifarRecord(5), cifarRecord(6)...)) {
		t.Errorf("labels %v, or the pixels are others", set.Labels)
	}
	if len(set.Classes) != 100 || set.Classes[42] != "42" {
		t.Errorf("without a file of names the classes are %q", set.Classes)
	}
	coarse, err := set.By("coarse")
	ok(t, err)
	if !slices.Equal(coarse.Labels, []int32{19, 0}) || len(coarse.Classes) != 20 {
		t.Errorf("coarse labels %v of %d classes", coarse.Labels, len(coarse.Classes))
	}

	var fineNames, coarseNames []byte
	for i := range 100 {
		fineNames = fmt.Appendf(fineNames, "fine %d\n", i)
	}
	for i := range 20 {
		coarseNames = fmt.Appendf(coarseNames, "coarse %d\n", i)
	}
	writeFile(t, fineNames, dir, "cifar-100-binary", "fine_label_names.txt")
	writeFile(t, coarseNames, dir, "cifar-100-binary", "coarse_label_names.txt")
	set, err = CIFAR100(dir, "test")
	ok(t, err)
	if set.Classes[99] != "fine 99" || set.Attributes[0].Classes[19] != "coarse 19" {
		t.Errorf("the last classes are %q and %q", set.Classes[99], set.Attributes[0].Classes[19])
	}
}

func TestCIFARNamesWhatIsWrong(t *testing.T) {
	ten := func(dir string) (*Set, error) { return CIFAR10(dir, "test") }
	hundred := func(dir string) (*Set, error) { return CIFAR100(dir, "test") }
	for name, c := range map[string]struct {
		file    string
		content []byte
		read    func(dir string) (*Set, error)
		parts   []string
	}{
		"empty":         {"test_batch.bin", nil, ten, []string{"CIFAR-10", "0 bytes", "records of 3073 bytes"}},
		"truncated":     {"test_batch.bin", cifarRecord(0, 1)[:3000], ten, []string{"CIFAR-10", "3000 bytes", "records of 3073 bytes"}},
		"other records": {"test_batch.bin", cifarRecord(0, 1, 2), ten, []string{"CIFAR-10", "3074 bytes", "records of 3073 bytes"}},
		"label of ten": {"test_batch.bin", append(cifarRecord(0, 9), cifarRecord(0, 10)...), ten,
			[]string{"CIFAR-10", "record 1", "label 10 is above 9"}},
		"fine label":   {"test.bin", cifarRecord(0, 0, 100), hundred, []string{"CIFAR-100", "record 0", "label 100 is above 99"}},
		"coarse label": {"test.bin", cifarRecord(0, 20, 0), hundred, []string{"CIFAR-100", "record 0", "label 20 is above 19"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := writeFile(t, c.content, dir, c.file)
			_, err := c.read(dir)
			expectError(t, err, append(c.parts, path)...)
		})
	}
}

func TestCIFARThatIsMissingSaysWhatToPutWhere(t *testing.T) {
	dir := t.TempDir()
	_, err := CIFAR10(dir, "train")
	expectError(t, err, "data_batch_1.bin to data_batch_5.bin", "cifar-10-binary.tar.gz", "https://www.cs.toronto.edu/~kriz/cifar.html",
		filepath.Join(dir, "cifar-10-batches-bin"))
	_, err = CIFAR10(dir, "test")
	expectError(t, err, "test_batch.bin", filepath.Join(dir, "cifar-10-batches-bin"))
	_, err = CIFAR100(dir, "train")
	expectError(t, err, "train.bin", "cifar-100-binary.tar.gz", "https://www.cs.toronto.edu/~kriz/cifar.html",
		filepath.Join(dir, "cifar-100-binary"))

	ok(t, os.Mkdir(filepath.Join(dir, "test_batch.bin"), 0o755))
	_, err = CIFAR10(dir, "test")
	expectError(t, err, filepath.Join(dir, "test_batch.bin"), "is a directory")
}

func TestCIFARRefusesAnUnknownSplit(t *testing.T) {
	_, err := CIFAR10(t.TempDir(), "validation")
	expectError(t, err, "CIFAR-10", `"validation"`, `"train"`, `"test"`)
	_, err = CIFAR100(t.TempDir(), "")
	expectError(t, err, "CIFAR-100", `""`, `"train"`, `"test"`)
}

func TestRealCIFAR(t *testing.T) {
	dir := realFile(t, "cifar-10-batches-bin/test_batch.bin")
	set, err := CIFAR10(dir, "test")
	ok(t, err)
	ok(t, set.Check())
	if slices.Contains(counts(set), 0) || len(set.Classes) != 10 || set.Classes[3] != "cat" {
		t.Errorf("%d images, by class %v of %q", set.Len(), counts(set), set.Classes)
	}
	if mean := meanOf(set.Bytes); mean < 110 || mean > 130 { // officially 120.7
		t.Errorf("the mean value is %v", mean)
	}

	dir = realFile(t, "cifar-100-binary/test.bin")
	set, err = CIFAR100(dir, "test")
	ok(t, err)
	ok(t, set.Check())
	if slices.Contains(counts(set), 0) || len(set.Classes) != 100 {
		t.Errorf("%d images, by class %v of %q", set.Len(), counts(set), set.Classes)
	}
}

// counts is the number of examples of each class.
func counts(set *Set) []int {
	n := make([]int, len(set.Classes))
	for _, label := range set.Labels {
		n[label]++
	}
	return n
}

func meanOf(values []uint8) float64 {
	sum := 0
	for _, v := range values {
		sum += int(v)
	}
	return float64(sum) / float64(len(values))
}

// realFile returns the user's data directory, and skips the test if it lacks this file of it.
func realFile(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv(dirVariable)
	if _, err := os.Stat(filepath.Join(dir, name)); dir == "" || err != nil {
		t.Skipf("needs real data: set %s to a directory with %s", dirVariable, name)
	}
	return dir
}
