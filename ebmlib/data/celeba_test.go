package data

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	celebaAttributes = "4\nSmiling  Young\n1.jpg  1 -1\n2.jpg -1 -1\n3.jpg -1  1\n4.jpg  1  1\n"
	celebaPartition  = "1.jpg 0\n2.jpg 1\n3.jpg 0\n4.jpg 2\n"
)

// writeCelebA writes four images of greys 0 to 30 and the two lists, and returns the directory. A list that is "" is not written.
func writeCelebA(t *testing.T, attributes, partition string) string {
	t.Helper()
	dir := t.TempDir()
	writeGreys(t, filepath.Join(dir, "celeba", "img_align_celeba"), "1.jpg", "2.jpg", "3.jpg", "4.jpg")
	if attributes != "" {
		writeFile(t, []byte(attributes), dir, "celeba", "list_attr_celeba.txt")
	}
	if partition != "" {
		writeFile(t, []byte(partition), dir, "celeba", "list_eval_partition.txt")
	}
	return dir
}

func TestCelebASplits(t *testing.T) {
	dir := writeCelebA(t, celebaAttributes, celebaPartition)
	for split, c := range map[string]struct {
		greys          []uint8
		smiling, young []int32
	}{
		"train": {[]uint8{0, 20}, []int32{1, 0}, []int32{0, 1}},
		"valid": {[]uint8{10}, []int32{0}, []int32{0}},
		"test":  {[]uint8{30}, []int32{1}, []int32{1}},
		"all":   {[]uint8{0, 10, 20, 30}, []int32{1, 0, 0, 1}, []int32{0, 0, 1, 1}},
	} {
		faces, err := CelebA(dir, split, one)
		ok(t, err)
		set, err := Load(faces)
		ok(t, err)
		ok(t, set.Check())
		if set.Name != "CelebA "+split || !slices.Equal(set.Bytes, c.greys) || set.Labels != nil || len(set.Attributes) != 2 {
			t.Fatalf("%s: %+v", split, set)
		}
		smiling, young := set.Attributes[0], set.Attributes[1]
		if smiling.Name != "Smiling" || !slices.Equal(smiling.Labels, c.smiling) || young.Name != "Young" || !slices.Equal(young.Labels, c.young) {
			t.Errorf("%s: attributes %+v", split, set.Attributes)
		}
	}
}

func TestCelebAByAttribute(t *testing.T) {
	faces, err := CelebA(writeCelebA(t, celebaAttributes, ""), "all", one)
	ok(t, err)
	young, err := faces.By("Young")
	ok(t, err)
	classes := []string{"no Young", "Young"}
	if !slices.Equal(young.Info().Classes, classes) || faces.Info().Classes != nil {
		t.Errorf("classes %v, and without an attribute %v", young.Info().Classes, faces.Info().Classes)
	}
	set, err := young.Read([]int{3, 1, 2})
	ok(t, err)
	if !slices.Equal(set.Bytes, []uint8{30, 10, 20}) || !slices.Equal(set.Labels, []int32{1, 0, 1}) || !slices.Equal(set.Classes, classes) {
		t.Errorf("read %+v", set)
	}
	_, err = faces.By("Smilling")
	expectError(t, err, `"Smilling"`, "Smiling, Young")
}

// The attributes of an example are those of the image that it shows.
func TestCelebASkipsWithAttributes(t *testing.T) {
	dir := writeCelebA(t, celebaAttributes, "")
	writeFile(t, nil, dir, "celeba", "img_align_celeba", "2.jpg")
	faces, err := CelebA(dir, "all", skipping)
	ok(t, err)
	set, err := Load(faces)
	ok(t, err)
	if !slices.Equal(set.Bytes, []uint8{0, 20, 20, 30}) || !slices.Equal(set.Attributes[1].Labels, []int32{0, 1, 1, 1}) {
		t.Errorf("read %+v", set)
	}
}

func TestCelebANamesTheLine(t *testing.T) {
	for name, c := range map[string]struct {
		attributes, partition string
		parts                 []string
	}{
		"no number":          {"Smiling Young\n1.jpg 1 1\n", "-", []string{"line 1:", "2 words", "the number of images"}},
		"bad number":         {"four\nSmiling\n", "-", []string{"line 1:", `"four"`}},
		"wrong number":       {strings.Replace(celebaAttributes, "4", "5", 1), "-", []string{"line 1:", "5 images", "4 follow"}},
		"name missing":       {strings.Replace(celebaAttributes, "Young", "", 1), "-", []string{"line 3:", "3 words", "must have 2"}},
		"many names":         {"4\n" + strings.Repeat("a ", 257) + "\n", "-", []string{"line 2:", "257 attributes", "up to 256"}},
		"name twice":         {strings.Replace(celebaAttributes, "Young", "Smiling", 1), "-", []string{"line 2:", "Smiling twice"}},
		"value missing":      {strings.Replace(celebaAttributes, "3.jpg -1", "3.jpg", 1), "-", []string{"line 5:", "2 words", "must have 3"}},
		"value left over":    {strings.Replace(celebaAttributes, "4.jpg", "4.jpg 1", 1), "-", []string{"line 6:", "4 words", "must have 3"}},
		"other value":        {strings.Replace(celebaAttributes, "-1  1", "-1  0", 1), "-", []string{"line 5:", "Young", `"0"`, "1 or -1"}},
		"unknown image":      {strings.Replace(celebaAttributes, "3.jpg", "5.jpg", 1), "-", []string{"line 5:", "5.jpg", "img_align_celeba"}},
		"image twice":        {strings.Replace(celebaAttributes, "3.jpg", "1.jpg", 1), "-", []string{"line 5:", "1.jpg", "second time", "line 3"}},
		"image missing":      {"3" + strings.Replace(celebaAttributes, "3.jpg -1  1\n", "", 1)[1:], "-", []string{"3.jpg"}},
		"empty line":         {celebaAttributes + "\n", "-", []string{"line 7:", "0 words"}},
		"endless line":       {celebaAttributes + strings.Repeat("x", 1<<17), "-", []string{"line 7:", "too long"}},
		"no names":           {"4\n\n1.jpg\n2.jpg\n3.jpg\n4.jpg\n", "-", []string{"line 2:", "names"}},
		"ends early":         {"4\n", "-", []string{"ends before the names"}},
		"empty":              {"\n", "-", []string{"line 1:", "0 words"}},
		"split missing":      {celebaAttributes, strings.Replace(celebaPartition, " 1", "", 1), []string{"line 2:", "1 words"}},
		"other split":        {celebaAttributes, strings.Replace(celebaPartition, " 1", " 3", 1), []string{"line 2:", `"3"`, "0, 1 or 2"}},
		"split of unknown":   {celebaAttributes, celebaPartition + "5.jpg 1\n", []string{"line 5:", "5.jpg"}},
		"split given twice":  {celebaAttributes, celebaPartition + "1.jpg 1\n", []string{"line 5:", "1.jpg", "second time"}},
		"image without one":  {celebaAttributes, strings.Replace(celebaPartition, "3.jpg 0\n", "", 1), []string{"3.jpg"}},
		"no image in splits": {celebaAttributes, "1.jpg 2\n2.jpg 1\n3.jpg 1\n4.jpg 2\n", []string{"no image has the split 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			split, file := "train", "list_eval_partition.txt"
			if c.partition == "-" {
				split, file = "all", "list_attr_celeba.txt"
			}
			dir := writeCelebA(t, c.attributes, c.partition)
			_, err := CelebA(dir, split, one)
			expectError(t, err, append(c.parts, filepath.Join(dir, "celeba", file))...)
		})
	}
}

func TestCelebASaysWhatToPutWhere(t *testing.T) {
	const folder = "celeba"
	_, err := CelebA(t.TempDir(), "train", one)
	expectError(t, err, "img_align_celeba", folder, "https://")
	_, err = CelebA(writeCelebA(t, "", celebaPartition), "train", one)
	expectError(t, err, "list_attr_celeba.txt", folder)
	_, err = CelebA(writeCelebA(t, celebaAttributes, ""), "train", one)
	expectError(t, err, "list_eval_partition.txt", folder, `"all"`)
	_, err = CelebA(writeCelebA(t, celebaAttributes, celebaPartition), "training", one)
	expectError(t, err, `"training"`, "train", "valid", "test", "all")
	_, err = CelebA(writeCelebA(t, celebaAttributes, celebaPartition), "train", ImageSettings{})
	expectError(t, err, "Size is 0")
}

func TestCelebAHQ(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "CelebAMask-HQ")
	_, err := CelebAHQ(dir, one)
	expectError(t, err, "CelebA-HQ-img", folder, "Folder")

	writeGreys(t, filepath.Join(folder, "CelebA-HQ-img"), "0.jpg", "1.jpg", "10.jpg")
	faces, err := CelebAHQ(dir, one)
	ok(t, err)
	set, err := Load(faces)
	ok(t, err)
	if set.Name != "CelebA-HQ" || !slices.Equal(set.Bytes, []uint8{0, 10, 20}) || set.Attributes != nil {
		t.Errorf("without attributes: %+v", set)
	}

	list := writeFile(t, []byte("3\nSmiling\n10.jpg  1\n1.jpg  -1\n0.jpg  1\n"), folder, "CelebAMask-HQ-attribute-anno.txt")
	faces, err = CelebAHQ(dir, one)
	ok(t, err)
	set, err = Load(faces)
	ok(t, err)
	if len(set.Attributes) != 1 || !slices.Equal(set.Attributes[0].Labels, []int32{1, 0, 1}) {
		t.Errorf("attributes %+v", set.Attributes)
	}
	ok(t, os.WriteFile(list, []byte("3\nSmiling\n10.jpg  2\n"), 0o644))
	_, err = CelebAHQ(dir, one)
	expectError(t, err, list, "line 3:", `"2"`)
}
