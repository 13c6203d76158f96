package data

import (
	"archive/zip"
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each name of a set read from files opens it from the data directory.
func TestByNameOpensEachSet(t *testing.T) {
	dir := t.TempDir()
	w := littleMAT
	writeMNIST(t, dir, "test", 3)
	writeFile(t, cifarRecord(0, 1), dir, "cifar-10-batches-bin", "test_batch.bin")
	writeFile(t, cifarRecord(0, 1, 2), dir, "cifar-100-binary", "test.bin")
	writeFile(t, w.file(w.variable("X", 9, []int32{32, 32, 3, 2}, matUint8, columnwise(2, 32)),
		w.variable("y", 9, []int32{2, 1}, matUint8, []byte{1, 2})), dir, "svhn", "test_32x32.mat")
	writeFile(t, columnwise(1, 96), dir, "stl10_binary", "unlabeled_X.bin")
	writeFile(t, imageNetFile(t, zip.Store, 32, 0, 5), dir, "Imagenet32_val_npz", "val_data.npz")
	writeFile(t, imageNetFile(t, zip.Store, 64, 0, 5), dir, "Imagenet64_val_npz", "val_data.npz")
	writeFile(t, dSpritesFile(t, zip.Deflate, spriteImages(1), make([]int64, 6)...), dir, "dsprites", dSpritesName)
	var picture bytes.Buffer
	ok(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 20, 10))))
	writeFile(t, picture.Bytes(), dir, "CelebAMask-HQ", "CelebA-HQ-img", "0.png")
	writeFile(t, picture.Bytes(), dir, "lsun", "bedroom_val", "0.png")
	writeFile(t, picture.Bytes(), dir, "some@folder", "0.png")
	writeFile(t, picture.Bytes(), dir, "celeba", "img_align_celeba", "0.png")
	writeFile(t, []byte("1\nSmiling\n0.png 1\n"), dir, "celeba", "list_attr_celeba.txt")
	file := filepath.Join(dir, "images@8.idx")
	ok(t, WriteIDX(file, []int{2, 4, 4}, make([]uint8, 32)))

	folder := "folder:" + filepath.Join(dir, "some@folder")
	for _, c := range []struct {
		name, split, want string
		examples          int
		shape             []int
	}{
		{"mnist", "test", "MNIST test", 3, []int{1, 28, 28}},
		{"digits", "train", "MNIST test", 3, []int{1, 28, 28}},
		{"cifar10", "test", "CIFAR-10 test", 1, []int{3, 32, 32}},
		{"cifar100", "test", "CIFAR-100 test", 1, []int{3, 32, 32}},
		{"svhn", "test", "SVHN test", 2, []int{3, 32, 32}},
		{"stl10", "unlabeled", "STL-10 unlabeled", 1, []int{3, 96, 96}},
		{"imagenet32", "val", "ImageNet 32x32 val", 1, []int{3, 32, 32}},
		{"imagenet64", "val", "ImageNet 64x64 val", 1, []int{3, 64, 64}},
		{"dsprites", "train", "dSprites", 1, []int{1, 64, 64}},
		{"celeba@64", "all", "CelebA all", 1, []int{3, 64, 64}},
		{"celebahq", "train", "CelebA-HQ", 1, []int{3, 128, 128}},
		{"lsun@8", "val", "LSUN bedroom_val", 1, []int{3, 8, 8}},
		{"shapes@32", "test", "shapes", 50_000, []int{3, 32, 32}},
		{folder, "train", "some@folder", 1, []int{3, 128, 128}},
		{folder + "@16", "train", "some@folder", 1, []int{3, 16, 16}},
		{file, "train", "images@8.idx", 2, []int{1, 4, 4}},
		{"moons", "train", "moons", 20_000, []int{2}},
	} {
		source, err := ByName(c.name, dir, c.split)
		ok(t, err)
		if info := source.Info(); info.Name != c.want || info.Examples != c.examples || !slices.Equal(info.Shape, c.shape) {
			t.Errorf("%s: %q, %d examples of shape %v, want %+v", c.name, info.Name, info.Examples, info.Shape, c)
		}
		set, err := source.Read([]int{0})
		ok(t, err)
		ok(t, set.Check())
	}
}

func TestByNameListsTheNames(t *testing.T) {
	_, err := ByName("cifar", t.TempDir(), "train")
	expectError(t, err, `"cifar"`, strings.Join(Names(), ", "))
	for _, name := range []string{"cifar10", "celeba[@SIZE]", "folder:PATH[@SIZE]", "eight-gaussians", "spirals"} {
		if !slices.Contains(Names(), name) {
			t.Errorf("the names %q lack %q", Names(), name)
		}
	}
	_, err = ByName("folder", t.TempDir(), "train")
	expectError(t, err, `"folder"`, "folder:PATH")
}

// Of an image twice as wide as it is high, white in its left quarter, faces and rooms have that quarter and others don't.
func TestByNameSqueezesFacesAndRooms(t *testing.T) {
	dir := t.TempDir()
	wide := image.NewGray(image.Rect(0, 0, 64, 32))
	for i := range wide.Pix {
		if i%wide.Stride < 16 {
			wide.Pix[i] = 255
		}
	}
	var picture bytes.Buffer
	ok(t, png.Encode(&picture, wide))
	writeFile(t, picture.Bytes(), dir, "img_align_celeba", "0.png")
	writeFile(t, []byte("1\nSmiling\n0.png 1\n"), dir, "list_attr_celeba.txt")
	writeFile(t, picture.Bytes(), dir, "bedroom_train", "0.png")
	for name, c := range map[string]struct {
		split string
		left  uint8
	}{
		"celeba@16": {"all", 255},
		"lsun@16":   {"train", 255},
		"folder:" + filepath.Join(dir, "bedroom_train") + "@16": {"train", 0},
	} {
		source, err := ByName(name, dir, c.split)
		ok(t, err)
		set, err := source.Read([]int{0})
		ok(t, err)
		if left, right := set.Bytes[0], set.Bytes[15]; left != c.left || right != 0 {
			t.Errorf("%s: the first row goes from %d to %d, want from %d to 0", name, left, right, c.left)
		}
	}
}

// Whatever is missing, what comes back with the error is no source.
func TestByNameOfAMissingSetIsNoSource(t *testing.T) {
	dir := t.TempDir()
	for _, name := range Names() {
		name = strings.TrimSuffix(name, "[@SIZE]")
		if name == "mnist" || name == "shapes" || slices.ContainsFunc(Densities2D(), func(d Density2D) bool { return d.Name == name }) {
			continue // downloaded, or made
		}
		source, err := ByName(name, dir, "train")
		if err == nil || source != nil {
			t.Errorf("%s in an empty directory: %v, error %v", name, source, err)
		}
	}
}

func TestByNameDrawsSplitsApart(t *testing.T) {
	train, err := ByName("rings", "", "train")
	ok(t, err)
	test, err := ByName("rings", "", "test")
	ok(t, err)
	if slices.Equal(train.(*Set).Floats, test.(*Set).Floats) {
		t.Error("training and test points are the same")
	}
}

func TestByNameNamesWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	file, damaged := filepath.Join(dir, "images.idx"), writeFile(t, []byte{0, 0, 8, 3, 0}, dir, "damaged.idx")
	ok(t, WriteIDX(file, []int{2, 4, 4}, make([]uint8, 32)))
	for name, c := range map[string]struct {
		name, split string
		parts       []string
	}{
		"split of a drawn set":      {"moons", "val", []string{"moons", `"val"`, `"train" "test"`}},
		"split of shapes":           {"shapes", "val", []string{"shapes", `"val"`, `"train" "test"`}},
		"split of an undivided set": {"celebahq@64", "test", []string{"celebahq", `"test"`, `"train"`}},
		"no split":                  {"cifar10", "", []string{"CIFAR-10", `""`, `"train" "test"`}},
		"size of a set that has it": {"cifar10@64", "train", []string{`"cifar10@64"`, "one size"}},
		"no pixels":                 {"celeba@0", "train", []string{`"celeba@0"`, "celeba@64"}},
		"empty size":                {"celeba@", "train", []string{`"celeba@"`, "celeba@64"}},
		"absurd size":               {"celeba@99999999999999999999", "train", []string{"celeba@64"}},
		"size that is none":         {"celeba@big", "train", []string{`"celeba@big"`, "celeba[@SIZE]"}},
		"split of a file":           {file, "test", []string{file, `"test"`, `"train"`}},
		"damaged file":              {damaged, "train", []string{damaged, "truncated"}},
		"missing file":              {filepath.Join(dir, "missing.idx"), "train", []string{"missing.idx", "nor is it a file", "cifar10"}},
		"folder as a file":          {dir, "train", []string{dir, "folder:" + dir, "@SIZE"}},
		"missing folder":            {"folder:" + filepath.Join(dir, "missing"), "train", []string{filepath.Join(dir, "missing")}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ByName(c.name, dir, c.split)
			expectError(t, err, c.parts...)
		})
	}
}

func TestRealSetsByName(t *testing.T) {
	dir := realFile(t, filepath.Join("cifar-10-batches-bin", "data_batch_1.bin"))
	if _, err := os.Stat(filepath.Join(dir, "cifar-10-batches-bin", "data_batch_2.bin")); err != nil {
		t.Skipf("needs a second file of CIFAR-10 training images: %v", err)
	}
	source, err := ByName("cifar10", dir, "train")
	ok(t, err)
	n := source.Info().Examples
	first, err := source.Read([]int{0, n - 1})
	ok(t, err)
	ok(t, first.Check())
	if n < 10_000 {
		t.Errorf("%d images", n)
	}
}
