package data

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestLSUN(t *testing.T) {
	dir := t.TempDir()
	// As exported, deep by the first characters of the keys; the content tells that these are no WebP images.
	writeGreys(t, filepath.Join(dir, "lsun"),
		"bedroom_train/0/0/0/0/a/b/0000ab77.webp", "bedroom_train/f/0/0/0/0/0/f0000012.webp", "bedroom_train/0/0/0/0/a/a/0000aa01.webp",
		"tower_train/9/9/9/9/9/9/99999900.jpg")

	rooms, err := LSUN(dir, one, "bedroom_train")
	ok(t, err)
	set, err := Load(rooms)
	ok(t, err)
	ok(t, set.Check())
	if set.Name != "LSUN bedroom_train" || !slices.Equal(set.Bytes, []uint8{20, 0, 10}) || set.Labels != nil || rooms.Info().Classes != nil {
		t.Errorf("one category: %+v", set)
	}

	both, err := LSUN(dir, one, "tower_train", "bedroom_train")
	ok(t, err)
	set, err = Load(both)
	ok(t, err)
	if !slices.Equal(set.Bytes, []uint8{30, 20, 0, 10}) || !slices.Equal(set.Labels, []int32{0, 1, 1, 1}) ||
		!slices.Equal(set.Classes, []string{"tower_train", "bedroom_train"}) {
		t.Errorf("two categories: %+v", set)
	}
}

func TestLSUNNamesWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	writeGreys(t, dir, "tower_train/a.jpg")
	writeFile(t, nil, dir, "bedroom_train", "data.mdb")
	_, err := LSUN(dir, one, "bedroom_train")
	expectError(t, err, filepath.Join(dir, "bedroom_train"), "has no images")
	_, err = LSUN(dir, one, "tower_train", "church_train")
	expectError(t, err, "church_train", filepath.Join(dir, "lsun"), "https://")
	_, err = LSUN(dir, one)
	expectError(t, err, "LSUN", `"bedroom_train"`)
	_, err = LSUN(dir, one, "tower_train", "")
	expectError(t, err, "LSUN", `"tower_train" ""`)
	_, err = LSUN(dir, one, "tower_train", "tower_train")
	expectError(t, err, "tower_train", "twice")
	_, err = LSUN(dir, ImageSettings{}, "tower_train")
	expectError(t, err, "Size is 0")
}
