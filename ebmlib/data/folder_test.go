package data

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// writeGreys writes images of one grey all over, 6 x 4 pixels, under these names in dir; the grey of the k-th is 10 k.
func writeGreys(t *testing.T, dir string, names ...string) {
	t.Helper()
	for k, name := range names {
		writeFile(t, greyPNG(t, uint8(10*k), 6, 4), dir, name)
	}
}

// one is settings by which each example is a single value.
var one = ImageSettings{Size: 1, Channels: 1}

// skipping is one with corrupt images skipped.
var skipping = ImageSettings{Size: 1, Channels: 1, SkipCorrupt: true}

func TestFlatFolder(t *testing.T) {
	dir := t.TempDir()
	writeGreys(t, filepath.Join(dir, "birds"), "b.png", "a.PNG", "10.jpg", "9.JPEG", "c.webp") // content tells, not the name
	writeFile(t, []byte("not of the set"), dir, "birds", "README.txt")
	writeFile(t, []byte("not of the set"), dir, "birds", ".hidden.png")
	birds, err := Folder(filepath.Join(dir, "birds"), ImageSettings{Size: 2})
	ok(t, err)
	info := birds.Info()
	if info.Name != "birds" || !slices.Equal(info.Shape, []int{3, 2, 2}) || !info.Images || info.Examples != 5 || info.Classes != nil {
		t.Errorf("info %+v", info)
	}
	set, err := birds.Read([]int{2, 0, 2})
	ok(t, err)
	ok(t, set.Check())
	want := slices.Repeat([]uint8{10}, 12)
	want = slices.Concat(want, slices.Repeat([]uint8{20}, 12), want) // a.PNG, 10.jpg, a.PNG
	if !slices.Equal(set.Bytes, want) || !slices.Equal(set.Shape, info.Shape) || set.Name != "birds" || set.Labels != nil {
		t.Errorf("read %+v", set)
	}
}

func TestLabelledFolder(t *testing.T) {
	dir := t.TempDir()
	writeGreys(t, dir, "dog/2.png", "cat/1.png", "cat/0.png", "dog/deep/er/0.png", "dog/1.png")
	writeFile(t, []byte("not of the set"), dir, "names.txt")
	pets, err := Folder(dir, one)
	ok(t, err)
	if classes := pets.Info().Classes; !slices.Equal(classes, []string{"cat", "dog"}) {
		t.Errorf("classes %v", classes)
	}
	set, err := Load(pets)
	ok(t, err)
	ok(t, set.Check())
	if !slices.Equal(set.Bytes, []uint8{20, 10, 40, 0, 30}) || !slices.Equal(set.Labels, []int32{0, 0, 1, 1, 1}) {
		t.Errorf("images %v with labels %v", set.Bytes, set.Labels)
	}
}

func TestFolderFollowsLinks(t *testing.T) {
	elsewhere, dir := t.TempDir(), t.TempDir()
	writeGreys(t, elsewhere, "0.png", "1.png")
	ok(t, os.Symlink(elsewhere, filepath.Join(dir, "class")))
	set, err := Folder(dir, one)
	ok(t, err)
	if n := set.Info().Examples; n != 2 {
		t.Errorf("%d images, want 2", n)
	}
	ok(t, os.Symlink(filepath.Join(dir, "nothing"), filepath.Join(elsewhere, "2.png")))
	_, err = Folder(elsewhere, one)
	expectError(t, err, "link 2.png", elsewhere)
	ok(t, os.Remove(filepath.Join(elsewhere, "2.png")))
	ok(t, os.Symlink(elsewhere, filepath.Join(elsewhere, "circle")))
	_, err = Folder(dir, one)
	circle := filepath.Join(dir, "class", "circle")
	expectError(t, err, "link "+filepath.Join(circle, "circle"), "leads to "+elsewhere, "as "+circle+" does")
}

// TestFolderOfDoublingLinks has a tree of 30 folders in which each image would have 2^30 paths.
func TestFolderOfDoublingLinks(t *testing.T) {
	dir := t.TempDir()
	for level := range 30 {
		folder, next := filepath.Join(dir, fmt.Sprint(level)), filepath.Join(dir, fmt.Sprint(level+1))
		ok(t, os.Mkdir(folder, 0o755))
		ok(t, os.Symlink(next, filepath.Join(folder, "left")))
		ok(t, os.Symlink(next, filepath.Join(folder, "right")))
	}
	writeGreys(t, dir, "30/a.png")
	writeGreys(t, dir, "class/a.png")
	ok(t, os.Symlink(filepath.Join(dir, "0"), filepath.Join(dir, "class", "tree")))
	_, err := LSUN(dir, one, "class")
	expectError(t, err, "the link", "right leads to "+filepath.Join(dir, "30"), "remove one of them")
}

func TestFolderNamesWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	writeGreys(t, dir, "mixed/a.png", "mixed/class/b.png", "gap/full/a.png")
	writeFile(t, nil, dir, "gap", "bare", "notes.txt")
	writeFile(t, nil, dir, "texts", "notes.txt")
	for name, parts := range map[string][]string{
		"missing":         {"no such file"},
		"mixed":           {"both images (a.png is one) and sub-folders (class is one)"},
		"mixed/a.png":     {"is a file"},
		"gap":             {filepath.Join("gap", "bare"), "has no images", ".png"},
		"texts":           {"has no images", ".jpg"},
		"texts/notes.txt": {"is a file"},
	} {
		_, err := Folder(filepath.Join(dir, name), one)
		expectError(t, err, append(parts, filepath.Join(dir, name))...)
	}
}

func TestImageSettingsAreChecked(t *testing.T) {
	dir := t.TempDir()
	writeGreys(t, dir, "a.png")
	for _, c := range []struct {
		settings ImageSettings
		parts    []string
	}{
		{ImageSettings{}, []string{"Size is 0", "16384"}},
		{ImageSettings{Size: -3}, []string{"Size is -3"}},
		{ImageSettings{Size: 1 << 40}, []string{"Size is 1099511627776"}},
		{ImageSettings{Size: 8, Channels: 4}, []string{"Channels is 4", "3", "1"}},
		{ImageSettings{Size: 8, Crop: image.Rect(0, 0, 2, 2), Whole: true}, []string{"Whole", "(0,0)-(2,2)"}},
		{ImageSettings{Size: 8, Crop: image.Rectangle{image.Pt(5, 5), image.Pt(2, 9)}}, []string{"(5,5)-(2,9)", "no pixels"}},
	} {
		_, err := Folder(dir, c.settings)
		expectError(t, err, c.parts...)
	}
}

func TestPartOfImages(t *testing.T) {
	// Five columns of greys 0, 50, ..., 200 and one row.
	dir := t.TempDir()
	writeFile(t, encodePNG(t, row(0, 50, 100, 150, 200)), dir, "a.png")
	for name, c := range map[string]struct {
		settings ImageSettings
		want     uint8
	}{
		"centre":    {ImageSettings{Size: 1, Channels: 1}, 100},
		"whole":     {ImageSettings{Size: 1, Channels: 1, Whole: true}, 100},
		"rectangle": {ImageSettings{Size: 1, Channels: 1, Crop: image.Rect(3, 0, 5, 1)}, 175},
	} {
		f, err := Folder(dir, c.settings)
		ok(t, err)
		set, err := f.Read([]int{0})
		ok(t, err)
		if set.Bytes[0] != c.want {
			t.Errorf("%s: %d, want %d", name, set.Bytes[0], c.want)
		}
	}
	beyond := ImageSettings{Size: 1, Crop: image.Rect(3, 0, 6, 1), SkipCorrupt: true}
	f, err := Folder(dir, beyond)
	ok(t, err)
	_, err = f.Read([]int{0})
	expectError(t, err, "a.png", "5 x 1", "(3,0)-(6,1)")
}

func TestWholeImagesAreSqueezed(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, encodePNG(t, row(0, 0, 100, 100)), dir, "a.png")
	f, err := Folder(dir, ImageSettings{Size: 4, Channels: 1, Whole: true})
	ok(t, err)
	set, err := f.Read([]int{0})
	ok(t, err)
	if want := slices.Repeat([]uint8{0, 0, 100, 100}, 4); !slices.Equal(set.Bytes, want) {
		t.Errorf("%v, want %v", set.Bytes, want)
	}
}

// Only the images asked for are opened: all others are corrupt, and nothing complains.
func TestFolderReadsOnlyWhatIsAsked(t *testing.T) {
	dir := t.TempDir()
	for i := range 100 {
		writeFile(t, []byte("corrupt"), dir, fmt.Sprintf("%03d.png", i))
	}
	writeFile(t, greyPNG(t, 44, 2, 2), dir, "050.png")
	f, err := Folder(dir, one)
	ok(t, err)
	set, err := f.Read([]int{50})
	ok(t, err)
	if !slices.Equal(set.Bytes, []uint8{44}) || f.Corrupt() != nil {
		t.Errorf("read %v; corrupt %v", set.Bytes, f.Corrupt())
	}
}

func TestFolderRefusesRowsItHasNot(t *testing.T) {
	dir := t.TempDir()
	writeGreys(t, dir, "a.png", "b.png")
	f, err := Folder(dir, one)
	ok(t, err)
	for _, row := range []int{-1, 2} {
		_, err := f.Read([]int{0, row})
		expectError(t, err, filepath.Base(dir), fmt.Sprint(row), "0 to 1")
	}
}

func TestCorruptImageStops(t *testing.T) {
	dir := t.TempDir()
	writeGreys(t, dir, "0.png", "1.png", "2.png", "3.png")
	writeFile(t, nil, dir, "1.png")
	truncated := greyPNG(t, 1, 2, 2)
	writeFile(t, truncated[:len(truncated)-5], dir, "2.png")
	f, err := Folder(dir, one)
	ok(t, err)
	_, err = f.Read([]int{3, 1, 2})
	expectError(t, err, filepath.Join(dir, "1.png"), "it is empty", "SkipCorrupt")
	_, err = f.Read([]int{0, 2, 1})
	expectError(t, err, filepath.Join(dir, "2.png"), "truncated")
}

func TestCorruptImagesAreSkipped(t *testing.T) {
	dir := t.TempDir()
	writeGreys(t, dir, "a/0.png", "a/1.png", "a/2.png", "b/0.png", "b/1.png") // greys 0 to 40
	writeFile(t, nil, dir, "a", "1.png")
	writeFile(t, []byte("text"), dir, "a", "2.png")
	writeFile(t, nil, dir, "b", "1.png")
	want := func(f *ImageFiles, rows []int, greys []uint8, labels []int32) {
		t.Helper()
		set, err := f.Read(rows)
		ok(t, err)
		if !slices.Equal(set.Bytes, greys) || !slices.Equal(set.Labels, labels) {
			t.Errorf("rows %v: images %v with labels %v, want %v and %v", rows, set.Bytes, set.Labels, greys, labels)
		}
	}
	open := func() *ImageFiles {
		f, err := Folder(dir, skipping)
		ok(t, err)
		return f
	}
	// Each is replaced by the next good one, with its label, after the last by the first, in whatever order they are read.
	f := open()
	want(f, []int{0, 1, 2, 3, 4}, []uint8{0, 30, 30, 30, 0}, []int32{0, 1, 1, 1, 0})
	want(f, []int{4, 2}, []uint8{0, 30}, []int32{0, 1})
	other := open()
	want(other, []int{2}, []uint8{30}, []int32{1})
	if list := other.Corrupt(); len(list) != 1 || !strings.Contains(list[0], filepath.Join("a", "2.png")) {
		t.Errorf("corrupt after one was read: %q", list)
	}
	want(other, []int{1, 4}, []uint8{30, 0}, []int32{1, 0})
	for _, f := range []*ImageFiles{f, other} {
		list := f.Corrupt()
		if len(list) != 3 {
			t.Fatalf("corrupt: %q", list)
		}
		for i, parts := range [][]string{{"1.png", "it is empty"}, {"2.png", "no JPEG, PNG or WebP"}, {filepath.Join("b", "1.png"), "it is empty"}} {
			for _, part := range parts {
				if !strings.Contains(list[i], part) || !strings.Contains(f.String(), part) {
					t.Errorf("corrupt: %q, summary %q: number %d lacks %q", list, f, i, part)
				}
			}
		}
		if !strings.Contains(f.String(), "5 images [1 1 1], 3 corrupt") {
			t.Errorf("summary %q", f)
		}
	}
}

func TestSummaryIsShort(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, greyPNG(t, 0, 1, 1), dir, "99.png")
	for i := range 13 {
		writeFile(t, nil, dir, fmt.Sprintf("%02d.png", i))
	}
	f, err := Folder(dir, skipping)
	ok(t, err)
	if summary := f.String(); strings.Contains(summary, "corrupt") || !strings.Contains(summary, "14 images") {
		t.Errorf("summary before reading: %q", summary)
	}
	_, err = Load(f)
	ok(t, err)
	summary := f.String()
	if n := strings.Count(summary, ".png"); n != 10 || !strings.Contains(summary, "13 corrupt") || !strings.Contains(summary, "and 3 more") {
		t.Errorf("summary %q", summary)
	}
}

func TestAllCorrupt(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, nil, dir, "0.png")
	writeFile(t, []byte("text"), dir, "1.png")
	f, err := Folder(dir, skipping)
	ok(t, err)
	for range 2 { // the second time without trying them again
		_, err = f.Read([]int{1})
		expectError(t, err, "none of its 2 images", filepath.Join(dir, "0.png"), "it is empty")
	}
}

// An image that is no longer there is an error even where corrupt ones are skipped: it may be back the next time.
func TestImageThatVanishesStops(t *testing.T) {
	dir := t.TempDir()
	writeGreys(t, dir, "0.png", "1.png")
	f, err := Folder(dir, skipping)
	ok(t, err)
	ok(t, os.Remove(filepath.Join(dir, "0.png")))
	_, err = f.Read([]int{0})
	expectError(t, err, filepath.Join(dir, "0.png"), "no such file")
	if f.Corrupt() != nil {
		t.Errorf("corrupt: %q", f.Corrupt())
	}
}

func TestFolderIsReadByManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	rows, want := make([]int, 40), make([]uint8, 40)
	for i := range rows {
		rows[i], want[i] = i, uint8(i)
		content := greyPNG(t, uint8(i), 3, 3)
		if i%4 == 1 {
			content, want[i] = content[:20], uint8(i+1)
		}
		writeFile(t, content, dir, fmt.Sprintf("%02d.png", i))
	}
	f, err := Folder(dir, skipping)
	ok(t, err)
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			set, err := f.Read(rows)
			if err != nil || !bytes.Equal(set.Bytes, want) {
				t.Errorf("read %v, error %v", set, err)
			}
		})
	}
	readers.Wait()
	if n := len(f.Corrupt()); n != 10 {
		t.Errorf("%d corrupt, want 10", n)
	}
}
