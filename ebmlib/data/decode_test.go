package data

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func encodePNG(t testing.TB, img image.Image) []byte {
	var buffer bytes.Buffer
	if err := png.Encode(&buffer, img); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func encodeJPEG(t testing.TB, img image.Image) []byte {
	var buffer bytes.Buffer
	if err := jpeg.Encode(&buffer, img, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// greyPNG is a PNG file of one grey all over.
func greyPNG(t testing.TB, grey uint8, width, height int) []byte {
	return encodePNG(t, filled(image.NewGray(image.Rect(0, 0, width, height)), color.Gray{grey}))
}

// pngOf is a PNG file whose header says width x height pixels, with a sound checksum, whatever follows.
func pngOf(t testing.TB, width, height uint32) []byte {
	file := greyPNG(t, 9, 3, 2)
	binary.BigEndian.PutUint32(file[16:], width)
	binary.BigEndian.PutUint32(file[20:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

func decodeBase64(t testing.TB, text string) []byte {
	content, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// Files of one colour that Go cannot write.
const (
	redCMYK     = "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwAbEhQXFBEbFxYXHhwbIChCKyglJShROj0wQmBVZWRfVV1baniZgWpxkHNbXYW1hpCeo6utq2eAvMm6pseZqKuk/8AAFAgACAAIBEMRAE0RAFkRAEsRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAUG/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAA4EQwBNAFkASwAAPwCmEgzr/9k="
	redWebP     = "UklGRh4AAABXRUJQVlA4TBEAAAAvA8AAAAdQlJqXov+BiOh/AAA="
	redLossy    = "UklGRjoAAABXRUJQVlA4IC4AAACwAQCdASoEAAQAAoBCJaACdLoABDAAAP7r3i/4DdfFt43/2Vj/0Hf/oO/2SAAA"
	redLucent   = "UklGRloAAABXRUJQVlA4WAoAAAAQAAAAAwAAAwAAQUxQSAUAAAABKGBEBABWUDggLgAAALABAJ0BKgQABAACgEIloAJ0ugAEMAAA/uveL/gN18W3jf/ZWP/Qd/+g7/ZIAAA="
	blackLossy  = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoEAAQAAoBCJaQAA3AA/vnQQAA="
	whiteLossy  = "UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoEAAQAAoBCJaQAA3AA/vlYQAA="
	lossyCanvas = 24 // where the last has the width and height of the canvas
)

func TestReadImageTellsFormatsByContent(t *testing.T) {
	red := filled(image.NewRGBA(image.Rect(0, 0, 9, 5)), color.RGBA{230, 40, 20, 255})
	for name, c := range map[string]struct {
		content []byte
		rgb     [3]int
	}{
		"PNG":                      {encodePNG(t, red), [3]int{230, 40, 20}},
		"JPEG":                     {encodeJPEG(t, red), [3]int{230, 40, 20}},
		"JPEG, grey":               {encodeJPEG(t, filled(image.NewGray(image.Rect(0, 0, 9, 5)), color.Gray{99})), [3]int{99, 99, 99}},
		"JPEG, CMYK":               {decodeBase64(t, redCMYK), [3]int{226, 48, 30}},
		"WebP, lossless":           {decodeBase64(t, redWebP), [3]int{230, 40, 20}},
		"WebP, lossy":              {decodeBase64(t, redLossy), [3]int{233, 38, 22}},
		"WebP, lossy, translucent": {decodeBase64(t, redLucent), [3]int{244, 146, 138}},
		"WebP, lossy, black":       {decodeBase64(t, blackLossy), [3]int{0, 0, 0}},
		"WebP, lossy, white":       {decodeBase64(t, whiteLossy), [3]int{255, 255, 255}},
	} {
		img, err := readImage(writeFile(t, c.content, t.TempDir(), "some.jpg"))
		ok(t, err)
		for i, got := range resized(img, 3, 1) {
			if difference := int(got) - c.rgb[i]; difference < -2 || difference > 2 {
				t.Errorf("%s: channel %d is %d, want %d", name, i, got, c.rgb[i])
			}
		}
	}
}

func TestReadImageNamesWhatIsWrong(t *testing.T) {
	sound := greyPNG(t, 200, 40, 30)
	photo := encodeJPEG(t, filled(image.NewRGBA(image.Rect(0, 0, 40, 30)), color.RGBA{230, 40, 20, 255}))
	flipped := slices.Clone(sound)
	flipped[len(flipped)-20] ^= 1
	wideCanvas := decodeBase64(t, redLucent)
	wideCanvas[lossyCanvas] = 9
	largePicture := decodeBase64(t, redLucent)
	frame := bytes.Index(largePicture, []byte{0x9d, 0x01, 0x2a}) // the mark before the picture's own width and height
	copy(largePicture[frame+3:], []byte{0xff, 0x3f, 0xff, 0x3f})
	for name, c := range map[string]struct {
		content []byte
		part    string
	}{
		"empty":                   {nil, "it is empty"},
		"text":                    {[]byte("no image at all"), "no JPEG, PNG or WebP image"},
		"GIF":                     {[]byte("GIF89a\x01\x00\x01\x00\x00\x00\x00"), "no JPEG, PNG or WebP image"},
		"PNG's first bytes":       {sound[:8], "truncated"},
		"half a PNG":              {sound[:len(sound)/2], "not enough pixel data"},
		"PNG without its end":     {sound[:len(sound)-12], "truncated"},
		"PNG with a flipped bit":  {flipped, "checksum"},
		"JPEG's first bytes":      {photo[:20], "truncated"},
		"half a JPEG":             {photo[:len(photo)/2], "truncated"},
		"JPEG without its end":    {photo[:len(photo)-2], "truncated"},
		"half a WebP":             {decodeBase64(t, redLossy)[:40], "truncated"},
		"WebP of another canvas":  {wideCanvas, "says 10 x 4 pixels, but it has 4 x 4"},
		"absurdly wide":           {pngOf(t, 65535, 1), "65535 x 1 pixels: from 1 to 16384"},
		"absurdly high":           {pngOf(t, 1, 16385), "1 x 16385 pixels: from 1 to 16384"},
		"too large":               {pngOf(t, 8192, 8193), "8192 x 8193 pixels: up to 64 megapixels"},
		"too large for the file":  {pngOf(t, 8192, 8192), "8192 x 8192 pixels, and no such picture fits into"},
		"WebP larger than canvas": {largePicture, "says 4 x 4 pixels, but it has 16383 x 16383"},
		"no width":                {pngOf(t, 0, 5), "dimension"},
	} {
		t.Run(name, func(t *testing.T) {
			path := writeFile(t, c.content, t.TempDir(), "some.png")
			_, err := readImage(path)
			expectError(t, err, path, "corrupt", c.part)
		})
	}
}

func TestReadImageReadsADenseFile(t *testing.T) {
	// A blank page of a bit a pixel is as dense as PNG gets: here 9 million pixels in about 1,300 bytes.
	page := image.NewPaletted(image.Rect(0, 0, 3000, 3000), color.Palette{color.White, color.Black})
	img, err := readImage(writeFile(t, encodePNG(t, page), t.TempDir(), "page.png"))
	ok(t, err)
	if img.Bounds() != page.Rect {
		t.Errorf("it is %v, want %v", img.Bounds(), page.Rect)
	}
}

func TestReadImageThatCannotBeOpenedIsNotCorrupt(t *testing.T) {
	dir := t.TempDir()
	ok(t, os.Mkdir(filepath.Join(dir, "folder.png"), 0o755))
	for name, part := range map[string]string{"missing.png": "no such file", "folder.png": "is a directory"} {
		_, err := readImage(filepath.Join(dir, name))
		expectError(t, err, filepath.Join(dir, name), part)
		if errors.Is(err, errCorrupt) {
			t.Errorf("%s counts as corrupt: %v", name, err)
		}
	}
}

func TestDecoderThatFailsIsAnError(t *testing.T) {
	image.RegisterFormat("failing", "failing format",
		func(io.Reader) (image.Image, error) { panic("index out of range") },
		func(io.Reader) (image.Config, error) { return image.Config{Width: 1, Height: 1}, nil })
	path := writeFile(t, []byte("failing format"), t.TempDir(), "some.png")
	_, err := readImage(path)
	expectError(t, err, path, "corrupt", "its decoder failed", "index out of range")
}
