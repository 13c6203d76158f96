package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// npy is NumPy's form of an array: its type, its shape as a Python tuple, and the bytes of its values.
func npy(dtype, shape string, values []byte) []byte {
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n", dtype, shape)
	start := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(text)))
	return slices.Concat(start, []byte(text), values)
}

// int64s is the bytes of little-endian int64.
func int64s(values ...int64) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

// npzFile is an archive of two arrays, stored or deflated as method says.
func npzFile(t testing.TB, method uint16, name1 string, array1 []byte, name2 string, array2 []byte) []byte {
	t.Helper()
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	for _, member := range []struct {
		name  string
		array []byte
	}{{name1, array1}, {name2, array2}} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: member.name + ".npy", Method: method})
		ok(t, err)
		_, err = f.Write(member.array)
		ok(t, err)
	}
	ok(t, w.Close())
	return file.Bytes()
}

// imageNetImages is count images of this size with the pixels pixelAt, from the image numbered first, row by row.
func imageNetImages(size, first, count int) []byte {
	var values []byte
	for image := first; image < first+count; image++ {
		for channel := range 3 {
			for row := range size {
				for column := range size {
					values = append(values, pixelAt(image, channel, row, column))
				}
			}
		}
	}
	return values
}

func imageNetFile(t *testing.T, method uint16, size, first int, labels ...int64) []byte {
	t.Helper()
	return npzFile(t, method,
		"data", npy("|u1", fmt.Sprintf("(%d, %d)", len(labels), 3*size*size), imageNetImages(size, first, len(labels))),
		"labels", npy("<i8", fmt.Sprintf("(%d,)", len(labels)), int64s(labels...)))
}

func TestImageNetReadsRowsAcrossItsFiles(t *testing.T) {
	for _, size := range []int{32, 64} {
		for name, methods := range map[string][2]uint16{
			"stored":     {zip.Store, zip.Store},
			"compressed": {zip.Deflate, zip.Deflate},
			"mixed":      {zip.Store, zip.Deflate},
		} {
			for _, folder := range []string{"", fmt.Sprintf("Imagenet%d_train_npz", size)} {
				dir := t.TempDir()
				writeFile(t, imageNetFile(t, methods[0], size, 0, 1, 1000), dir, folder, "train_data_batch_2.npz")
				writeFile(t, imageNetFile(t, methods[1], size, 2, 500, 3, 7), dir, folder, "train_data_batch_10.npz")
				source, err := ImageNet(dir, size, "train")
				ok(t, err)
				info := source.Info()
				if !slices.Equal(info.Shape, []int{3, size, size}) || !info.Images || info.Examples != 5 ||
					len(info.Classes) != 1000 || info.Classes[0] != "1" || info.Classes[999] != "1000" {
					t.Errorf("%s: %q, %d images of shape %v and %d classes", name, info.Name, info.Examples, info.Shape, len(info.Classes))
				}
				set, err := source.Read([]int{4, 1, 2, 0})
				ok(t, err)
				ok(t, set.Check())
				expectPixels(t, set.Bytes, size, 4, 1, 2, 0)
				if !slices.Equal(set.Labels, []int32{6, 999, 499, 0}) {
					t.Errorf("%s: labels %v", name, set.Labels)
				}
				_, err = source.Read([]int{5})
				expectError(t, err, "ImageNet", "from 0 to 4")
			}
		}
	}
}

func TestImageNetTellsWhatItKeepsInMemory(t *testing.T) {
	for method, want := range map[uint16]string{
		zip.Store:   "ImageNet 32x32 val",
		zip.Deflate: "ImageNet 32x32 val (0.02 MB in memory, its files being compressed)",
	} {
		dir := t.TempDir()
		writeFile(t, imageNetFile(t, method, 32, 0, 1, 2, 3, 4, 5), dir, "Imagenet32_val_npz", "val_data.npz")
		source, err := ImageNet(dir, 32, "val")
		ok(t, err)
		if got := source.Info().Name; got != want {
			t.Errorf("the name is %q, want %q", got, want)
		}
	}
}

func TestImageNetNamesWhatIsWrong(t *testing.T) {
	data := npy("|u1", "(1, 3072)", make([]byte, 3072))
	labels := npy("<i8", "(1,)", int64s(1))
	for name, c := range map[string]struct {
		content []byte
		parts   []string
	}{
		"empty":         {nil, []string{"empty"}},
		"no npz":        {[]byte("\x80\x03}q\x00"), []string{"right file"}},
		"truncated":     {imageNetFile(t, zip.Store, 32, 0, 1, 2)[:5000], []string{"cut short"}},
		"no data":       {npzFile(t, zip.Store, "mean", data, "labels", labels), []string{`"data"`, `["mean" "labels"]`}},
		"no labels":     {npzFile(t, zip.Store, "data", data, "mean", labels), []string{`"labels"`, `["data" "mean"]`}},
		"other size":    {imageNetFile(t, zip.Store, 64, 0, 1), []string{"|u1 [1 12288]", "[n 3072]", "other size"}},
		"other type":    {npzFile(t, zip.Store, "data", npy("|i1", "(1, 3072)", make([]byte, 3072)), "labels", labels), []string{"|i1 [1 3072]"}},
		"no images":     {npzFile(t, zip.Store, "data", npy("|u1", "(0, 3072)", nil), "labels", labels), []string{"[0 3072]"}},
		"absurd size":   {npzFile(t, zip.Store, "data", npy("|u1", "(1000000000, 3072)", nil), "labels", labels), []string{"[1000000000 3072]"}},
		"few labels":    {npzFile(t, zip.Store, "data", npy("|u1", "(2, 3072)", make([]byte, 6144)), "labels", labels), []string{"labels has shape [1]", "2 images"}},
		"label 0":       {imageNetFile(t, zip.Store, 32, 0, 5, 0), []string{"label 1 is 0", "1 to 1000"}},
		"label above":   {imageNetFile(t, zip.Deflate, 32, 0, 1001), []string{"label 0 is 1001", "1 to 1000"}},
		"part of label": {npzFile(t, zip.Store, "data", data, "labels", npy("<f4", "(1,)", make([]byte, 4))), []string{`"labels"`, "<f4"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := writeFile(t, c.content, dir, "Imagenet32_val_npz", "val_data.npz")
			_, err := ImageNet(dir, 32, "val")
			expectError(t, err, append(c.parts, "ImageNet 32x32", path)...)
		})
	}
}

func TestImageNetThatIsMissingSaysWhatToPutWhere(t *testing.T) {
	dir := t.TempDir()
	_, err := ImageNet(dir, 64, "train")
	expectError(t, err, "train_data_batch_1.npz to train_data_batch_10.npz", "64x64", "https://image-net.org/download-images.php",
		filepath.Join(dir, "Imagenet64_train_npz"))
	_, err = ImageNet(dir, 32, "val")
	expectError(t, err, "val_data.npz", filepath.Join(dir, "Imagenet32_val_npz"))
	ok(t, os.Mkdir(filepath.Join(dir, "val_data.npz"), 0o755))
	_, err = ImageNet(dir, 32, "val")
	expectError(t, err, filepath.Join(dir, "val_data.npz"), "is a directory")

	_, err = ImageNet(dir, 32, "test")
	expectError(t, err, "ImageNet", `"test"`, `"train"`, `"val"`)
	_, err = ImageNet(dir, 16, "train")
	expectError(t, err, "size 16", "32 and 64")
}

func TestImageNetRefusesPickles(t *testing.T) {
	for split, name := range map[string]string{"train": "train_data_batch_1", "val": "val_data"} {
		dir := t.TempDir()
		path := writeFile(t, []byte("\x80\x03}q\x00."), dir, name)
		_, err := ImageNet(dir, 32, split)
		expectError(t, err, path, "pickle", "npz version", "https://image-net.org/download-images.php")
	}
}
