package data

import (
	"archive/zip"
	"bytes"
	"image"
	"image/png"
	"slices"
	"testing"
)

// Each kind of source is labelled by an attribute of its own.
func TestByLabelsEachSource(t *testing.T) {
	dir := t.TempDir()
	var picture bytes.Buffer
	ok(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 4))))
	writeFile(t, picture.Bytes(), dir, "img_align_celeba", "0.png")
	writeFile(t, []byte("1\nSmiling Bald\n0.png 1 -1\n"), dir, "list_attr_celeba.txt")
	writeFile(t, cifarRecord(0, 3, 1), dir, "test.bin")
	writeFile(t, dSpritesFile(t, zip.Deflate, spriteImages(1), 0, 2, 0, 0, 0, 0), dir, dSpritesName)
	for _, c := range []struct {
		name, split, attribute string
		class                  string
	}{
		{"celeba@4", "all", "Smiling", "Smiling"},
		{"celeba@4", "all", "Bald", "no Bald"},
		{"cifar100", "test", "coarse", "3"},
		{"dsprites", "train", "shape", "heart"},
	} {
		source, err := ByName(c.name, dir, c.split)
		ok(t, err)
		labelled, err := By(source, c.attribute)
		ok(t, err)
		set, err := labelled.Read([]int{0})
		ok(t, err)
		if classes := labelled.Info().Classes; classes[set.Labels[0]] != c.class || !slices.Equal(set.Classes, classes) {
			t.Errorf("%s by %s: label %d of %q, want %s", c.name, c.attribute, set.Labels[0], classes, c.class)
		}
	}
	shapes, err := By(Shapes{Size: 16, Examples: 1}, "colour")
	ok(t, err)
	if classes := shapes.Info().Classes; len(classes) != 6 {
		t.Errorf("shapes by colour have the classes %q", classes)
	}
}

func TestByOfAnotherAttributeIsNoSource(t *testing.T) {
	source, err := By(Shapes{Size: 16, Examples: 1}, "weight")
	expectError(t, err, `"weight"`, "colour, size")
	if source != nil {
		t.Errorf("%v came with the error", source)
	}
	_, err = By(unattributed{}, "colour")
	expectError(t, err, "plain", `"colour"`, "no attributes")
}

type unattributed struct{ Source }

func (unattributed) Info() Info { return Info{Name: "plain"} }

func TestSkippingCorrupt(t *testing.T) {
	dir := t.TempDir()
	var picture bytes.Buffer
	ok(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 4))))
	broken := writeFile(t, picture.Bytes()[:40], dir, "0.png")
	writeFile(t, picture.Bytes(), dir, "1.png")
	source, err := ByName("folder:"+dir+"@4", "", "train")
	ok(t, err)
	files := source.(*ImageFiles)
	skipping := files.SkippingCorrupt()
	_, err = skipping.Read([]int{0})
	ok(t, err)
	if corrupt := skipping.Corrupt(); len(corrupt) != 1 {
		t.Errorf("corrupt: %q", corrupt)
	}
	_, err = files.Read([]int{0})
	expectError(t, err, broken, "SkipCorrupt")
}
