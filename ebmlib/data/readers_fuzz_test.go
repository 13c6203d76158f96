package data

import (
	"archive/zip"
	"bytes"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"ebm/ebmlib/internal/untrusted"
	"ebm/ebmlib/internal/untrusted/untrustedtest"
)

// besides is what a reader may set aside whatever the file: buffers, and the decompressor's.
const besides = 1 << 20

// FuzzReadIDX: whatever the file, it is either refused by name or read as values that fill their dimensions.
func FuzzReadIDX(f *testing.F) {
	sound := []byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6}
	f.Add([]byte{})
	f.Add(sound)
	f.Add(sound[:14])
	f.Add(append(slices.Clone(sound), 0))
	f.Add([]byte{0, 0, 8, 1, 0, 0, 0, 1, 5})
	f.Add([]byte{0, 0, 8, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5, 6})
	f.Add([]byte{0, 0, 8, 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Add([]byte{0, 0, 0x0d, 1, 0, 0, 0, 1, 0, 0, 0, 0})
	f.Add(gzipped(f, sound))
	f.Add(gzipped(f, sound)[:20])
	f.Add(gzipped(f, []byte{0, 0, 8, 2, 0, 1, 0, 0, 0, 1, 0, 0}))
	write := untrustedtest.File(f, "file")
	f.Fuzz(func(t *testing.T, content []byte) {
		path := write(t, content)
		// Values are taken as they arrive, into memory that grows by quarters: five times as much in all.
		untrustedtest.Allocates(t, besides+5*untrusted.Unpacked(int64(len(content))), func() {
			dims, values, err := ReadIDX(path)
			untrustedtest.Names(t, err, path)
			if err == nil && volume(dims, len(values)) != len(values) {
				t.Errorf("%d values of dimensions %v", len(values), dims)
			}
		})
	})
}

// FuzzMAT: whatever the file, a variable's values are either refused by the file's name or as many as its dimensions say.
func FuzzMAT(f *testing.F) {
	for _, w := range []matWriter{littleMAT, bigMAT} {
		small := w.variable("v", matDouble, []int32{3, 1}, matUint8, []byte{7, 8, 9})
		large := w.variable("v", matDouble, []int32{2, 2}, 9, make([]byte, 32))
		other := w.variable("notes", 4, []int32{1, 2}, 4, []byte("abcd"))
		f.Add(w.file(small))
		f.Add(w.file(other, large))
		f.Add(w.file(w.compressed(other), w.compressed(large)))
		f.Add(w.file(w.compressed(small))[:200])
		f.Add(w.file(small)[:150])
		f.Add(w.file())
	}
	f.Add([]byte{})
	write := untrustedtest.File(f, "some.mat")
	f.Fuzz(func(t *testing.T, content []byte) {
		path := write(t, content)
		product, got := 1, 0
		untrustedtest.Allocates(t, besides+40*int64(len(content)), func() {
			err := readMAT(path, map[string]func(*matVariable) error{
				"v": func(v *matVariable) error {
					for _, d := range v.dims {
						product *= d
					}
					return v.eachNumber(func(int, float64) error { got++; return nil })
				},
			})
			untrustedtest.Names(t, err, path)
			if err == nil && (got != product || got == 0) {
				t.Errorf("%d values, and the product of the dimensions is %d", got, product)
			}
		})
	})
}

// fuzzSets fuzzes a file of this name in a data directory: it is either refused by name, or one of the readers gives a sound set
// of as many examples as the file can have.
func fuzzSets(f *testing.F, name string, most func(bytes int) int64, examples func(bytes int) int, readers ...func(dir string) (*Set, error)) {
	write := untrustedtest.File(f, name)
	f.Fuzz(func(t *testing.T, content []byte) {
		path := write(t, content)
		for _, read := range readers {
			untrustedtest.Allocates(t, most(len(content)), func() {
				set, err := read(filepath.Dir(path))
				untrustedtest.Names(t, err, path)
				if err != nil {
					return
				}
				ok(t, set.Check())
				if set.Len() > examples(len(content)) {
					t.Errorf("%d examples of %d bytes", set.Len(), len(content))
				}
			})
		}
	})
}

// FuzzSVHN: the pixels and labels of a MATLAB file.
func FuzzSVHN(f *testing.F) {
	w := littleMAT
	x := w.variable("X", 9, []int32{32, 32, 3, 1}, matUint8, make([]byte, 3072))
	y := w.variable("y", 9, []int32{1, 1}, matUint8, []byte{10})
	f.Add(w.file(w.compressed(x), w.compressed(y)))
	f.Add(w.file(w.compressed(y), w.compressed(x)))
	f.Add(w.file(w.compressed(y), y))
	unpacked := func(bytes int) int64 { return untrusted.Unpacked(int64(bytes)) }
	fuzzSets(f, "train_32x32.mat",
		func(bytes int) int64 { return besides + 40*unpacked(bytes) }, // labels of 4 bytes, into memory that grows
		func(bytes int) int { return int(unpacked(bytes) / 3072) },
		func(dir string) (*Set, error) { return SVHN(dir, "train") })
}

// FuzzCIFAR: the records of both sets, in one file by two names.
func FuzzCIFAR(f *testing.F) {
	f.Add([]byte{})
	f.Add(cifarRecord(0, 9))
	f.Add(cifarRecord(0, 10))
	f.Add(cifarRecord(0, 9)[:3072])
	f.Add(cifarRecord(0, 19, 99))
	f.Add(cifarRecord(0, 20, 99))
	read := func(classes ...int) func(dir string) (*Set, error) {
		return func(dir string) (*Set, error) {
			images, labels, err := readCIFAR([]string{filepath.Join(dir, "records.bin")}, classes...)
			if err != nil {
				return nil, err
			}
			return &Set{Shape: []int{3, 32, 32}, Bytes: images, Labels: labels[0], Classes: numbers(1, classes[0])}, nil
		}
	}
	fuzzSets(f, "records.bin",
		func(bytes int) int64 { return besides + 2*int64(bytes) },
		func(bytes int) int { return bytes / 3073 },
		read(10), read(20, 100))
}

// FuzzSTL10: the labels of two images, and the names of the classes.
func FuzzSTL10(f *testing.F) {
	names := []byte("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n")
	f.Add([]byte{1, 10}, names)
	f.Add([]byte{0, 11}, names)
	f.Add([]byte{1}, []byte("a\n\n b \r\n"))
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "train_X.bin"), make([]byte, 2*3*96*96), 0o666); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, labels, names []byte) {
		writeFile(t, labels, dir, "train_y.bin")
		writeFile(t, names, dir, "class_names.txt")
		untrustedtest.Allocates(t, besides+40*int64(len(labels)+len(names)), func() {
			source, err := STL10(dir, "train")
			untrustedtest.Names(t, err, dir)
			if err != nil {
				return
			}
			set, err := Load(source)
			ok(t, err)
			ok(t, set.Check())
			if set.Len() != 2 || len(set.Classes) != 10 {
				t.Errorf("%d images of %d classes", set.Len(), len(set.Classes))
			}
		})
	})
}

// FuzzCelebA: the lists of attributes and of splits of four images.
func FuzzCelebA(f *testing.F) {
	f.Add([]byte(celebaAttributes), []byte(celebaPartition))
	f.Add([]byte("4\n\n"), []byte("1.jpg 3\n"))
	f.Add([]byte("1\na b\n../1.jpg 1 1\n"), []byte("/etc/passwd 0\n"))
	f.Add([]byte("99999999999\na\n1.jpg 1\n"), []byte{0xff, '\n'})
	dir := f.TempDir()
	images := []string{"1.jpg", "2.jpg", "3.jpg", "4.jpg"}
	f.Fuzz(func(t *testing.T, attributes, partition []byte) {
		attributesPath := writeFile(t, attributes, dir, "attributes.txt")
		partitionPath := writeFile(t, partition, dir, "partition.txt")
		untrustedtest.Allocates(t, besides+200*int64(len(attributes)+len(partition)), func() {
			read, err := readAttributes(attributesPath, images)
			untrustedtest.Names(t, err, attributesPath)
			if err == nil {
				set := Set{Shape: []int{1, 1, 1}, Bytes: make([]uint8, len(images)), Attributes: read}
				ok(t, set.Check())
			}
			rows, err := readSplit(partitionPath, images, 0)
			untrustedtest.Names(t, err, partitionPath)
			if err == nil && (len(rows) > len(images) || slices.Max(rows) >= len(images)) {
				t.Errorf("rows %v of %d images", rows, len(images))
			}
		})
	})
}

// FuzzImageNet: the images, of 4 bytes, and labels of a file.
func FuzzImageNet(f *testing.F) {
	for _, method := range []uint16{zip.Store, zip.Deflate} {
		f.Add(npzFile(f, method, "data", npy("|u1", "(2, 4)", make([]byte, 8)), "labels", npy("<i2", "(2,)", []byte{1, 0, 232, 3})))
	}
	write := untrustedtest.File(f, "val_data.npz")
	f.Fuzz(func(t *testing.T, content []byte) {
		path := write(t, content)
		untrustedtest.Allocates(t, besides+20*untrusted.Unpacked(int64(len(content))), func() {
			images, labels, _, err := readImageNet(path, 4)
			untrustedtest.Names(t, err, path)
			if err != nil {
				return
			}
			if len(labels) != images.count || int64(images.count) > untrusted.Unpacked(int64(len(content)))/4 {
				t.Errorf("%d images and %d labels of %d bytes", images.count, len(labels), len(content))
			}
			untrustedtest.Names(t, images.read(images.count-1, make([]byte, 4)), path)
		})
	})
}

// FuzzDSprites: the images and attributes of the file.
func FuzzDSprites(f *testing.F) {
	classes := npy("|u1", "(1, 6)", []byte{0, 2, 5, 39, 31, 31})
	f.Add(npzFile(f, zip.Deflate, "imgs", npy("|u1", "(1, 64, 64)", make([]byte, dSpritesPixels)), "latents_classes", classes))
	f.Add(npzFile(f, zip.Deflate, "imgs", npy("|u1", "(1000000, 64, 64)", nil), "latents_classes", classes))
	write := untrustedtest.File(f, "dsprites.npz")
	f.Fuzz(func(t *testing.T, content []byte) {
		path := write(t, content)
		untrustedtest.Allocates(t, besides+2*untrusted.Unpacked(int64(len(content))), func() {
			sprites, err := readDSprites(path)
			untrustedtest.Names(t, err, path)
			if err != nil {
				return
			}
			set, err := sprites.Read([]int{sprites.Info().Examples - 1})
			ok(t, err)
			ok(t, set.Check())
		})
	})
}

// losslessGroups is what the decoder of lossless WebP may set aside whatever the file: 65,536 groups of five trees, of 536 bytes each. A file of
// a hundred bytes may say that it has so many.
const losslessGroups = 65536 * 5 * 536

// FuzzDecodeImage: whatever the bytes, they are either refused or an image that can be resized, within its limits.
func FuzzDecodeImage(f *testing.F) {
	small := filled(image.NewNRGBA(image.Rect(0, 0, 5, 4)), color.NRGBA{200, 100, 50, 128})
	sound := encodePNG(f, small)
	f.Add([]byte{})
	f.Add(sound)
	f.Add(sound[:len(sound)/2])
	f.Add(greyPNG(f, 3, 2, 2))
	f.Add(encodePNG(f, image.NewPaletted(image.Rect(0, 0, 3, 3), color.Palette{color.White, color.Black})))
	f.Add(encodeJPEG(f, small))
	f.Add(encodeJPEG(f, filled(image.NewGray(image.Rect(0, 0, 9, 9)), color.White)))
	f.Add(pngOf(f, 65535, 65535))
	f.Add(pngOf(f, 1000, 1))
	for _, text := range []string{redCMYK, redWebP, redLossy, redLucent, blackLossy} {
		f.Add(decodeBase64(f, text))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		pixels := min(maxPixels, maxPixelsPerByte*int64(len(content)))
		// A progressive JPEG's coefficients take 16 bytes a pixel, of four colours.
		most := 4*besides + 32*pixels
		if bytes.Contains(content, []byte("VP8L")) {
			most += losslessGroups
		}
		untrustedtest.Allocates(t, most, func() {
			img, err := decodeImage(bytes.NewReader(content), int64(len(content)))
			if (img == nil) == (err == nil) {
				t.Fatalf("image %v and error %v", img, err)
			}
			if err == nil {
				resized(img, 3, 4)
			}
		})
	})
}
