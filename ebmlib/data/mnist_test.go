package data

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// writeMNIST writes a small stand-in for a split of MNIST, with count images.
func writeMNIST(t *testing.T, folder, split string, count int) {
	t.Helper()
	files := mnistFiles[split]
	writeIDX(t, []int{count, 28, 28}, make([]uint8, count*28*28), folder, files.images.name)
	writeIDX(t, []int{count}, make([]uint8, count), folder, files.labels.name)
}

func TestMNISTFindsFilesInEitherFolder(t *testing.T) {
	for _, folder := range []string{"", "mnist"} {
		dir := t.TempDir()
		writeMNIST(t, filepath.Join(dir, folder), "train", 3)
		set, err := mnist(dir, "train", nil)
		ok(t, err)
		ok(t, set.Check())
		if set.Name != "MNIST train" || !slices.Equal(set.Shape, []int{1, 28, 28}) || set.Len() != 3 || len(set.Labels) != 3 {
			t.Errorf("in folder %q: %q of shape %v, %d images, %d labels", folder, set.Name, set.Shape, set.Len(), len(set.Labels))
		}
	}
}

func TestMNISTReadsGzippedFiles(t *testing.T) {
	dir := t.TempDir()
	images := []byte{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20}
	labels := []byte{0, 0, 8, 1, 0, 0, 0, 1, 7}
	writeFile(t, gzipped(t, images), dir, "mnist", "t10k-images-idx3-ubyte.gz")
	writeFile(t, gzipped(t, labels), dir, "mnist", "t10k-labels-idx1-ubyte.gz")
	set, err := mnist(dir, "test", nil)
	ok(t, err)
	if !slices.Equal(set.Bytes, []uint8{10, 20}) || !slices.Equal(set.Labels, []int32{7}) {
		t.Errorf("read images %v and labels %v", set.Bytes, set.Labels)
	}
}

func TestMNISTThatCannotBeHadSaysWhatToPutWhere(t *testing.T) {
	first, _ := serve(t, http.NotFound)
	second, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("not the file")) })
	dir := t.TempDir()
	_, err := mnist(dir, "train", []string{first + "/", second + "/"})
	expectError(t, err,
		"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", filepath.Join(dir, "mnist"),
		first, "404", second, "MD5")
}

func TestMNISTHasTenClasses(t *testing.T) {
	dir := t.TempDir()
	writeMNIST(t, dir, "train", 2)
	set, err := mnist(dir, "train", nil)
	ok(t, err)
	if want := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}; !slices.Equal(set.Classes, want) {
		t.Errorf("classes %q, want %q", set.Classes, want)
	}
	labels := writeIDX(t, []int{2}, []uint8{9, 10}, dir, mnistFiles["train"].labels.name)
	_, err = mnist(dir, "train", nil)
	expectError(t, err, labels, "label 10 at example 1")
}

func TestMNISTRefusesAnUnknownSplit(t *testing.T) {
	_, err := MNIST(t.TempDir(), "validation")
	expectError(t, err, `"validation"`, `"train"`, `"test"`)
}

func TestMNISTRefusesAMissingDirectory(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	_, err := MNIST(missing, "train")
	expectError(t, err, missing, "does not exist")
}

func TestRealMNIST(t *testing.T) {
	set, err := MNIST(realData(t), "test")
	ok(t, err)
	ok(t, set.Check())
	if set.Len() != 10_000 || !slices.Equal(set.Shape, []int{1, 28, 28}) {
		t.Errorf("%d images of shape %v", set.Len(), set.Shape)
	}
	if first := set.Labels[:5]; !slices.Equal(first, []int32{7, 2, 1, 0, 4}) {
		t.Errorf("the first labels are %v", first)
	}
}

func TestRealMNISTIsDownloaded(t *testing.T) {
	source := filepath.Join(realData(t), "mnist")
	if _, err := os.Stat(filepath.Join(source, "t10k-images-idx3-ubyte.gz")); err != nil {
		t.Skipf("needs the gzipped MNIST files, to serve them: %v", err)
	}
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(source, filepath.Base(r.URL.Path)))
	})
	dead, _ := serve(t, http.NotFound)
	dir := t.TempDir()
	set, err := mnist(dir, "test", []string{dead + "/", url + "/"})
	ok(t, err)
	if set.Len() != 10_000 {
		t.Errorf("%d images", set.Len())
	}
	entries, err := os.ReadDir(filepath.Join(dir, "mnist"))
	ok(t, err)
	if len(entries) != 2 {
		t.Errorf("the folder holds %v, want the two files", entries)
	}
}
