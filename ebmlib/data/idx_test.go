package data

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestWriteIDXIsTheOfficialLayout(t *testing.T) {
	path := writeIDX(t, []int{2, 3}, []uint8{1, 2, 3, 4, 5, 6}, t.TempDir(), "values")
	got, err := os.ReadFile(path)
	ok(t, err)
	want := []byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6}
	if !slices.Equal(got, want) {
		t.Errorf("wrote %v, want %v", got, want)
	}
}

func TestReadIDXReadsWhatWasWritten(t *testing.T) {
	values := make([]uint8, 120)
	for i := range values {
		values[i] = uint8(i * 7)
	}
	for _, dims := range [][]int{{120}, {5, 24}, {2, 3, 20}, {5, 3, 2, 4}} {
		dir := t.TempDir()
		plain := writeIDX(t, dims, values, dir, "plain.gz") // the name must not matter
		content, err := os.ReadFile(plain)
		ok(t, err)
		zipped := writeFile(t, gzipped(t, content), dir, "zipped")
		for _, path := range []string{plain, zipped} {
			gotDims, got, err := ReadIDX(path)
			ok(t, err)
			if !slices.Equal(gotDims, dims) || !slices.Equal(got, values) {
				t.Errorf("%s of %v: read dimensions %v and values %v", path, dims, gotDims, got)
			}
		}
	}
}

func TestReadIDXNamesWhatIsWrong(t *testing.T) {
	sound := []byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6}
	zipped := gzipped(t, sound)
	badChecksum := slices.Clone(zipped)
	badChecksum[len(badChecksum)-6] ^= 1
	for name, c := range map[string]struct {
		content []byte
		part    string
	}{
		"empty":                      {nil, "truncated"},
		"half a magic number":        {sound[:3], "truncated"},
		"half a header":              {sound[:9], "truncated"},
		"no values":                  {sound[:12], "dimensions [2 3]"},
		"values missing":             {sound[:16], "dimensions [2 3]"},
		"values left over":           {append(slices.Clone(sound), 7), "left over after the 6 values"},
		"picture":                    {[]byte("\x89PNG\r\n\x1a\n"), "wrong magic number 0x89504e47"},
		"little-endian":              {[]byte{2, 8, 0, 0, 1, 0, 0, 0}, "wrong magic number 0x02080000"},
		"float32":                    {[]byte{0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0}, "wrong magic number 0x00000d01"},
		"no dimension":               {[]byte{0, 0, 8, 0, 1}, "wrong magic number 0x00000800"},
		"five dimensions":            {[]byte{0, 0, 8, 5, 0, 0, 0, 1}, "wrong magic number 0x00000805"},
		"empty dimension":            {[]byte{0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 3}, "dimensions [0 3]"},
		"greatest dimensions":        {[]byte{0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255, 1}, "dimensions [4294967295 4294967295]"},
		"gzip alone":                 {zipped[:2], "truncated"},
		"gzip cut short":             {zipped[:len(zipped)-9], "truncated"},
		"gzip without its checksum":  {zipped[:len(zipped)-8], "truncated"},
		"gzip with a wrong checksum": {badChecksum, "checksum"},
		"gzip of too few values":     {gzipped(t, sound[:16]), "truncated"},
		"gzip of too many values":    {gzipped(t, append(slices.Clone(sound), 7)), "left over after the 6 values"},
		"gzip that unpacks to much":  {gzipped(t, append([]byte{0, 0, 8, 1, 1, 0x10, 0, 0}, make([]byte, 17<<20)...)), "no more than 16777208 values"},
		"gzip of great dimensions":   {gzipped(t, []byte{0, 0, 8, 2, 0, 1, 0, 0, 0, 1, 0, 0, 1}), "dimensions [65536 65536]"},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, c.content, t.TempDir(), "some-file")
			_, _, err := ReadIDX(path)
			expectError(t, err, path, c.part)
		})
	}
}

func TestReadIDXTellsMissingFromDirectory(t *testing.T) {
	dir := t.TempDir()
	_, _, err := ReadIDX(dir)
	expectError(t, err, dir, "is a directory")
	missing := filepath.Join(dir, "missing")
	_, _, err = ReadIDX(missing)
	expectError(t, err, missing, "no such file")
}

func TestWriteIDXRefusesDimensionsThatDoNotFit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "some-file")
	for _, dims := range [][]int{nil, {5}, {2, 0}, {-2, -3}, {6, 1, 1, 1, 1}, {1 << 32, 1 << 32}} {
		expectError(t, WriteIDX(path, dims, make([]uint8, 6)), path, "6 values")
	}
	expectError(t, WriteIDX(path, []int{1 << 32, 1 << 32}, nil), path, "0 values")
}

func TestIDXGivesShapesAndLabels(t *testing.T) {
	dir := t.TempDir()
	grey := writeIDX(t, []int{2, 3, 2}, make([]uint8, 12), dir, "grey")
	colour := writeIDX(t, []int{2, 3, 1, 2}, make([]uint8, 12), dir, "colour")
	labels := writeIDX(t, []int{2}, []uint8{9, 255}, dir, "labels")

	set, err := IDX(grey, labels)
	ok(t, err)
	ok(t, set.Check())
	if set.Name != "grey" || !slices.Equal(set.Shape, []int{1, 3, 2}) || !slices.Equal(set.Labels, []int32{9, 255}) || set.Len() != 2 ||
		len(set.Classes) != 256 || set.Classes[255] != "255" {
		t.Errorf("grey images with labels: %+v", set)
	}
	set, err = IDX(colour, "")
	ok(t, err)
	ok(t, set.Check())
	if !slices.Equal(set.Shape, []int{3, 1, 2}) || set.Labels != nil || set.Len() != 2 {
		t.Errorf("colour images without labels: %+v", set)
	}
}

func TestIDXNamesTheFilesThatDoNotFit(t *testing.T) {
	dir := t.TempDir()
	images := writeIDX(t, []int{3, 2, 2}, make([]uint8, 12), dir, "images")
	labels := writeIDX(t, []int{2}, make([]uint8, 2), dir, "labels")

	_, err := IDX(images, labels)
	expectError(t, err, images+" has 3 images", labels+" has 2 labels")
	_, err = IDX(labels, images)
	expectError(t, err, labels, "[2]", "swapped")
	_, err = IDX(images, images)
	expectError(t, err, images, "[3 2 2]", "[n]")
	_, err = IDX(images, filepath.Join(dir, "missing"))
	expectError(t, err, filepath.Join(dir, "missing"), "no such file")
}
