package data

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const dSpritesName = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz"

// spritePixel is a pixel of a test image, 0 or 1, with no symmetry.
func spritePixel(image, row, column int) byte {
	return byte((image*7 + row*row + 3*column*column*column) / 5 & 1)
}

func spriteImages(count int) []byte {
	var values []byte
	for image := range count {
		for row := range 64 {
			for column := range 64 {
				values = append(values, spritePixel(image, row, column))
			}
		}
	}
	return values
}

func dSpritesFile(t *testing.T, method uint16, images []byte, classes ...int64) []byte {
	t.Helper()
	return npzFile(t, method,
		"imgs", npy("|u1", fmt.Sprintf("(%d, 64, 64)", len(images)/4096), images),
		"latents_classes", npy("<i8", fmt.Sprintf("(%d, 6)", len(classes)/6), int64s(classes...)))
}

func TestDSpritesReadsPixelsAndAttributes(t *testing.T) {
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		for _, folder := range []string{"", "dsprites"} {
			dir := t.TempDir()
			writeFile(t, dSpritesFile(t, method, spriteImages(3), 0, 0, 0, 0, 0, 0, 0, 1, 5, 39, 31, 30, 0, 2, 3, 4, 5, 6), dir, folder, dSpritesName)
			source, err := DSprites(dir)
			ok(t, err)
			if info := source.Info(); info.Name != "dSprites" || !slices.Equal(info.Shape, []int{1, 64, 64}) || !info.Images || info.Examples != 3 ||
				info.Classes != nil {
				t.Errorf("%+v", info)
			}
			set, err := source.Read([]int{2, 1})
			ok(t, err)
			ok(t, set.Check())
			var want []uint8
			for _, image := range []int{2, 1} {
				for i := range 4096 {
					want = append(want, 255*spritePixel(image, i/64, i%64))
				}
			}
			if !slices.Equal(set.Bytes, want) || set.Labels != nil {
				t.Errorf("the pixels are others, or there are labels: %v", set.Labels)
			}
			for k, want := range []struct {
				name        string
				classes     int
				first, last string
				labels      []int32
			}{
				{"colour", 1, "white", "white", []int32{0, 0}},
				{"shape", 3, "square", "heart", []int32{2, 1}},
				{"scale", 6, "0.5", "1", []int32{3, 5}},
				{"orientation", 40, "0", "6.28", []int32{4, 39}},
				{"x", 32, "0", "1", []int32{5, 31}},
				{"y", 32, "0", "1", []int32{6, 30}},
			} {
				a := set.Attributes[k]
				if a.Name != want.name || len(a.Classes) != want.classes || a.Classes[0] != want.first ||
					a.Classes[len(a.Classes)-1] != want.last || !slices.Equal(a.Labels, want.labels) {
					t.Errorf("attribute %d is %+v, want %+v", k, a, want)
				}
			}
			_, err = source.Read([]int{3})
			expectError(t, err, "dSprites", "from 0 to 2")
		}
	}
}

func TestDSpritesByAnAttribute(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dSpritesFile(t, zip.Deflate, spriteImages(2), 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0), dir, dSpritesName)
	source, err := DSprites(dir)
	ok(t, err)
	shapes, err := source.By("shape")
	ok(t, err)
	set, err := shapes.Read([]int{1, 0})
	ok(t, err)
	ok(t, set.Check())
	if !slices.Equal(set.Labels, []int32{2, 0}) || !slices.Equal(shapes.Info().Classes, []string{"square", "ellipse", "heart"}) {
		t.Errorf("labels %v of %q", set.Labels, shapes.Info().Classes)
	}
	_, err = source.By("color")
	expectError(t, err, "dSprites", `"color"`, "colour, shape, scale, orientation, x, y")
}

func TestDSpritesNamesWhatIsWrong(t *testing.T) {
	two := spriteImages(1)
	two[70] = 2
	images := npy("|u1", "(1, 64, 64)", spriteImages(1))
	classes := npy("<i8", "(1, 6)", make([]byte, 48))
	broken := dSpritesFile(t, zip.Store, spriteImages(1), 0, 0, 0, 0, 0, 0)
	broken[2000] ^= 1 // in the images, so that the archive's checksum is another
	for name, c := range map[string]struct {
		content []byte
		parts   []string
	}{
		"empty":        {nil, []string{"empty"}},
		"truncated":    {dSpritesFile(t, zip.Store, spriteImages(1), 0, 0, 0, 0, 0, 0)[:2000], []string{"cut short"}},
		"no images":    {npzFile(t, zip.Store, "images", images, "latents_classes", classes), []string{`"imgs"`}},
		"no classes":   {npzFile(t, zip.Store, "imgs", images, "latents_values", classes), []string{`"latents_classes"`}},
		"other shape":  {npzFile(t, zip.Store, "imgs", npy("|u1", "(1, 32, 32)", make([]byte, 1024)), "latents_classes", classes), []string{"|u1 [1 32 32]"}},
		"none":         {npzFile(t, zip.Store, "imgs", npy("|u1", "(0, 64, 64)", nil), "latents_classes", classes), []string{"|u1 [0 64 64]"}},
		"other type":   {npzFile(t, zip.Store, "imgs", npy("|b1", "(1, 64, 64)", make([]byte, 4096)), "latents_classes", classes), []string{"|b1 [1 64 64]"}},
		"absurd size":  {npzFile(t, zip.Deflate, "imgs", npy("|u1", "(900000000, 64, 64)", nil), "latents_classes", classes), []string{"[900000000 64 64]"}},
		"few classes":  {dSpritesFile(t, zip.Store, spriteImages(2), 0, 0, 0, 0, 0, 0), []string{"[1 6]", "[2 6]"}},
		"class above":  {dSpritesFile(t, zip.Store, spriteImages(1), 0, 3, 0, 0, 0, 0), []string{"image 0", "class 3 of shape", "0 to 2"}},
		"class below":  {dSpritesFile(t, zip.Store, spriteImages(1), 0, 0, 0, 0, 0, -1), []string{"image 0", "class -1 of y", "0 to 31"}},
		"no bit":       {dSpritesFile(t, zip.Deflate, append(spriteImages(1), two...), make([]int64, 12)...), []string{"image 1", "value 2"}},
		"broken image": {broken, []string{"checksum"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := writeFile(t, c.content, dir, dSpritesName)
			_, err := DSprites(dir)
			expectError(t, err, append(c.parts, "dSprites", path)...)
		})
	}
}

func TestDSpritesThatIsMissingSaysWhatToPutWhere(t *testing.T) {
	dir := t.TempDir()
	_, err := DSprites(dir)
	expectError(t, err, dSpritesName, "https://github.com/google-deepmind/dsprites-dataset", filepath.Join(dir, "dsprites"))
	ok(t, os.Mkdir(filepath.Join(dir, dSpritesName), 0o755))
	_, err = DSprites(dir)
	expectError(t, err, filepath.Join(dir, dSpritesName), "is a directory")
}
