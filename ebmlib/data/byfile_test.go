package data

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFileByItsName(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one.bin"), filepath.Join(dir, "two.bin")
	idx := filepath.Join(dir, "images")
	for path, content := range map[string][]byte{
		one: slices.Concat(cifarRecord(1, 3), cifarRecord(2, 9)),
		two: cifarRecord(3, 19, 99),
	} {
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := WriteIDX(idx, []int{2, 4, 5}, bytes.Repeat([]byte{7}, 40)); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path   string
		shape  []int
		labels []int32
		n      int
	}{
		{one, []int{3, 32, 32}, []int32{3, 9}, 2},
		{two, []int{3, 32, 32}, []int32{99}, 1},
		{idx, []int{1, 4, 5}, nil, 2},
	} {
		source, err := ByName(test.path, "", "train")
		if err != nil {
			t.Fatal(err)
		}
		set := source.(*Set)
		if err := set.Check(); err != nil || set.Len() != test.n || !slices.Equal(set.Shape, test.shape) || !slices.Equal(set.Labels, test.labels) {
			t.Errorf("%s: %d of shape %v with labels %v (%v)", test.path, set.Len(), set.Shape, set.Labels, err)
		}
	}
	for _, damaged := range []string{"cut.bin", "cut.mat"} {
		path := filepath.Join(dir, damaged)
		if err := os.WriteFile(path, []byte("nothing"), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := File(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: error %v, want one that names the file", damaged, err)
		}
	}
}

// HeldOut takes the test split, or the one asked for, or what there is.
func TestHeldOut(t *testing.T) {
	for name, want := range map[string]string{"moons": "test", "moons:train": "train", "rings:test": "test"} {
		got, err := HeldOut(name, "")
		if err != nil {
			t.Fatal(err)
		}
		base, _, _ := strings.Cut(name, ":")
		split, err := ByName(base, "", want)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.(*Set).Floats, split.(*Set).Floats) {
			t.Errorf("%s is not the %s split", name, want)
		}
	}
	folder := filepath.Join(t.TempDir(), "some:folder", "of:images")
	var picture bytes.Buffer
	ok(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 4, 4))))
	writeFile(t, picture.Bytes(), folder, "0.png")
	for _, ending := range []string{"", "@4", ":train", "@4:train"} {
		if set, err := HeldOut("folder:"+folder+ending, ""); err != nil || set.Info().Name != "of:images" {
			t.Errorf("folder:%s%s: %v", folder, ending, err)
		}
	}
	idx := filepath.Join(t.TempDir(), "images:1")
	if err := WriteIDX(idx, []int{1, 2, 2}, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	if set, err := HeldOut(idx, ""); err != nil || set.Info().Examples != 1 {
		t.Errorf("%s: %v", idx, err)
	}
	if _, err := HeldOut("moons:noon", ""); err == nil || !strings.Contains(err.Error(), `"noon"`) {
		t.Errorf("error %v, want one that names the split", err)
	}
}
