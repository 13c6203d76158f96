package data

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// pixelAt is a value by which a test image tells where each of its pixels belongs.
func pixelAt(image, channel, row, column int) uint8 {
	return uint8(97*image + 59*channel + 3*row + 5*column)
}

// columnwise is images of 3 channels with the pixels pixelAt, each plane column by column, as MATLAB has them.
func columnwise(images, side int) []byte {
	var values []byte
	for image := range images {
		for channel := range 3 {
			for column := range side {
				for row := range side {
					values = append(values, pixelAt(image, channel, row, column))
				}
			}
		}
	}
	return values
}

// expectPixels fails the test unless the images, row by row, are those with the pixels pixelAt, of these numbers.
func expectPixels(t *testing.T, values []uint8, side int, images ...int) {
	t.Helper()
	var want []uint8
	for _, image := range images {
		for channel := range 3 {
			for row := range side {
				for column := range side {
					want = append(want, pixelAt(image, channel, row, column))
				}
			}
		}
	}
	if !slices.Equal(values, want) {
		t.Errorf("the pixels of images %v, or their places, are others", images)
	}
}

func TestSVHNReadsPixelsAndLabels(t *testing.T) {
	for name, w := range map[string]matWriter{"little-endian": littleMAT, "big-endian": bigMAT} {
		x := w.variable("X", 9, []int32{32, 32, 3, 2}, matUint8, columnwise(2, 32))
		y := w.variable("y", 9, []int32{2, 1}, matUint8, []byte{10, 7})
		for form, content := range map[string][]byte{
			"plain":       w.file(x, y),
			"compressed":  w.file(w.compressed(x), w.compressed(y)),
			"other order": w.file(w.compressed(y), x),
		} {
			for _, folder := range []string{"", "svhn"} {
				dir := t.TempDir()
				writeFile(t, content, dir, folder, "extra_32x32.mat")
				set, err := SVHN(dir, "extra")
				ok(t, err)
				ok(t, set.Check())
				expectPixels(t, set.Bytes, 32, 0, 1)
				if !slices.Equal(set.Labels, []int32{0, 7}) || !slices.Equal(set.Shape, []int{3, 32, 32}) || set.Name != "SVHN extra" ||
					len(set.Classes) != 10 || set.Classes[7] != "7" {
					t.Errorf("%s, %s: %q of shape %v with labels %v of classes %q", name, form, set.Name, set.Shape, set.Labels, set.Classes)
				}
			}
		}
	}
}

func TestSVHNNamesWhatIsWrong(t *testing.T) {
	w := littleMAT
	x := w.variable("X", 9, []int32{32, 32, 3, 2}, matUint8, columnwise(2, 32))
	y := w.variable("y", 9, []int32{2, 1}, matUint8, []byte{10, 7})
	for name, c := range map[string]struct {
		content []byte
		parts   []string
	}{
		"empty":         {nil, []string{"truncated"}},
		"truncated":     {w.file(x)[:3000], []string{"truncated"}},
		"full numbers":  {w.file(w.variable("digitStruct", 2, []int32{1, 2}, matUint8, []byte{0})), []string{"no variable X", "digitStruct (struct [1 2])"}},
		"no labels":     {w.file(x), []string{"no variable y", "X (uint8 [32 32 3 2])"}},
		"few labels":    {w.file(x, w.variable("y", 9, []int32{1, 1}, matUint8, []byte{1})), []string{"2 images", "1 labels"}},
		"label above":   {w.file(x, w.variable("y", 9, []int32{2, 1}, matUint8, []byte{1, 11})), []string{"label 1 of variable y is 11", "1 to 10"}},
		"label 0":       {w.file(x, w.variable("y", 9, []int32{2, 1}, matUint8, []byte{0, 1})), []string{"label 0 of variable y is 0", "1 to 10"}},
		"part of label": {w.file(x, w.variable("y", 7, []int32{2, 1}, 7, w.AppendUint32(w.AppendUint32(nil, 0x3fc00000), 0))), []string{"is 1.5"}},
		"other shape":   {w.file(y, w.variable("X", 9, []int32{1, 3}, matUint8, []byte{1, 2, 3})), []string{"X (uint8 [1 3])", "[32 32 3 n]"}},
		"other type":    {w.file(w.variable("X", 8, []int32{32, 32, 3, 1}, matInt8, make([]byte, 3072)), y), []string{"X (int8 [32 32 3 1])", "uint8"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := writeFile(t, c.content, dir, "svhn", "test_32x32.mat")
			_, err := SVHN(dir, "test")
			expectError(t, err, append(c.parts, "SVHN", path)...)
		})
	}
}

func TestSVHNThatIsMissingSaysWhatToPutWhere(t *testing.T) {
	dir := t.TempDir()
	_, err := SVHN(dir, "train")
	expectError(t, err, "no train_32x32.mat in "+dir, "http://ufldl.stanford.edu/housenumbers/", filepath.Join(dir, "svhn"))
	ok(t, os.Mkdir(filepath.Join(dir, "train_32x32.mat"), 0o755))
	_, err = SVHN(dir, "train")
	expectError(t, err, filepath.Join(dir, "train_32x32.mat"), "is a directory")
	_, err = SVHN(dir, "all")
	expectError(t, err, "SVHN", `"all"`, `"train"`, `"test"`, `"extra"`)
}
