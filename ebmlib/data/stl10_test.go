package data

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestSTL10ReadsRowsFromItsFiles(t *testing.T) {
	for _, folder := range []string{"", "stl10_binary"} {
		dir := t.TempDir()
		writeFile(t, columnwise(3, 96), dir, folder, "train_X.bin")
		writeFile(t, []byte{1, 10, 4}, dir, folder, "train_y.bin")
		source, err := STL10(dir, "train")
		ok(t, err)
		if info := source.Info(); info.Name != "STL-10 train" || !slices.Equal(info.Shape, []int{3, 96, 96}) || !info.Images || info.Examples != 3 ||
			len(info.Classes) != 10 || info.Classes[3] != "cat" {
			t.Errorf("in folder %q: %+v", folder, info)
		}
		set, err := source.Read([]int{2, 0, 2})
		ok(t, err)
		ok(t, set.Check())
		expectPixels(t, set.Bytes, 96, 2, 0, 2)
		if !slices.Equal(set.Labels, []int32{3, 0, 3}) {
			t.Errorf("labels %v", set.Labels)
		}
		all, err := Load(source)
		ok(t, err)
		expectPixels(t, all.Bytes, 96, 0, 1, 2)
		for _, row := range []int{-1, 3} {
			_, err = source.Read([]int{row})
			expectError(t, err, "STL-10 train", "from 0 to 2")
		}
	}
}

func TestSTL10UnlabeledHasNoLabels(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, columnwise(2, 96), dir, "unlabeled_X.bin")
	source, err := STL10(dir, "unlabeled")
	ok(t, err)
	set, err := Load(source)
	ok(t, err)
	ok(t, set.Check())
	expectPixels(t, set.Bytes, 96, 0, 1)
	if source.Info().Classes != nil || set.Labels != nil {
		t.Errorf("classes %q and labels %v", source.Info().Classes, set.Labels)
	}
}

func TestSTL10TakesNamesFromItsFile(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, columnwise(1, 96), dir, "test_X.bin")
	writeFile(t, []byte{2}, dir, "test_y.bin")
	writeFile(t, []byte("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n"), dir, "class_names.txt")
	source, err := STL10(dir, "test")
	ok(t, err)
	if classes := source.Info().Classes; len(classes) != 10 || classes[1] != "b" {
		t.Errorf("classes %q", classes)
	}
}

func TestSTL10NamesWhatIsWrong(t *testing.T) {
	const size = 3 * 96 * 96
	for name, c := range map[string]struct {
		images, labels []byte
		parts          []string
	}{
		"empty":       {nil, []byte{1}, []string{"test_X.bin", "0 bytes"}},
		"truncated":   {make([]byte, 2*size-1), []byte{1, 1}, []string{"test_X.bin", "55295 bytes", "records of 27648 bytes"}},
		"no labels":   {make([]byte, size), nil, []string{"test_y.bin has 0 labels for 1 images"}},
		"many labels": {make([]byte, size), []byte{1, 2}, []string{"test_y.bin has 2 labels for 1 images"}},
		"label 0":     {make([]byte, 2*size), []byte{1, 0}, []string{"test_y.bin", "label 1 is 0", "1 to 10"}},
		"label above": {make([]byte, size), []byte{11}, []string{"test_y.bin", "label 0 is 11", "1 to 10"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, c.images, dir, "test_X.bin")
			writeFile(t, c.labels, dir, "test_y.bin")
			_, err := STL10(dir, "test")
			expectError(t, err, append(c.parts, "STL-10", dir)...)
		})
	}
}

func TestSTL10ThatIsMissingSaysWhatToPutWhere(t *testing.T) {
	dir := t.TempDir()
	_, err := STL10(dir, "train")
	expectError(t, err, "no train_X.bin in "+dir, "stl10_binary.tar.gz", "https://cs.stanford.edu/~acoates/stl10/", filepath.Join(dir, "stl10_binary"))
	writeFile(t, columnwise(1, 96), dir, "train_X.bin")
	_, err = STL10(dir, "train")
	expectError(t, err, "no train_y.bin in "+dir)
	ok(t, os.Mkdir(filepath.Join(dir, "train_y.bin"), 0o755))
	_, err = STL10(dir, "train")
	expectError(t, err, filepath.Join(dir, "train_y.bin"), "is a directory")
	_, err = STL10(dir, "unlabelled")
	expectError(t, err, "STL-10", `"unlabelled"`, `"unlabeled"`)
}

func TestSTL10NamesAFileThatHasShrunk(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, columnwise(2, 96), dir, "unlabeled_X.bin")
	source, err := STL10(dir, "unlabeled")
	ok(t, err)
	ok(t, os.Truncate(path, 3*96*96))
	_, err = source.Read([]int{1})
	expectError(t, err, path, "image 1")
}
