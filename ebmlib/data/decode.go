package data

import (
	"errors"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"io/fs"

	"golang.org/x/image/riff"
	"golang.org/x/image/vp8"
	"golang.org/x/image/vp8l"
	_ "golang.org/x/image/webp"
)

const (
	// maxSide and maxPixels bound images, and with them the memory that one takes while it is decoded: 512 MiB of a PNG of 16 bits. The smallest
	// lossless WebP may take 168 MiB, for trees that it says it has.
	maxSide   = 1 << 14
	maxPixels = 1 << 26
	// maxPixelsPerByte bounds the pixels of an image by the bytes of its file, so that a header alone claims no memory: PNG has
	// at least a bit a pixel, of which deflate makes 1032 of one, and pictures in JPEG and WebP take more than that.
	maxPixelsPerByte = 8 * 1032
)

// errCorrupt marks the error of an image file that can be read but is no image.
var errCorrupt = errors.New("corrupt")

// readImage decodes an image file: JPEG, PNG or WebP, as its content tells. The error names the file; it is an errCorrupt
// unless it is the reading that failed.
func readImage(path string) (image.Image, error) {
	file, bytes, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	defer file.Close()
	img, err := decodeImage(file, bytes)
	if unread := (*fs.PathError)(nil); errors.As(err, &unread) {
		return nil, fmt.Errorf("image: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("image %s: %w: %w", path, errCorrupt, err)
	}
	return img, nil
}

// decodeImage decodes an image of so many bytes. No memory is set aside before the size in the header is found sensible.
func decodeImage(file io.ReadSeeker, bytes int64) (img image.Image, err error) {
	defer func() {
		if failure := recover(); failure != nil { // a decoder's defect must not end a long training
			img, err = nil, fmt.Errorf("its decoder failed: %v", failure)
		}
	}()
	if bytes == 0 {
		return nil, errors.New("it is empty")
	}
	header, format, err := image.DecodeConfig(file)
	if err != nil {
		return nil, explain(err)
	}
	width, height := header.Width, header.Height
	if width < 1 || height < 1 || width > maxSide || height > maxSide {
		return nil, fmt.Errorf("its header says %d x %d pixels: from 1 to %d a side are read", width, height, maxSide)
	}
	if width*height > maxPixels {
		return nil, fmt.Errorf("its header says %d x %d pixels: up to 64 megapixels are read; make it smaller", width, height)
	}
	if int64(width)*int64(height) > maxPixelsPerByte*bytes {
		return nil, fmt.Errorf("its header says %d x %d pixels, and no such picture fits into %d bytes", width, height, bytes)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if format == "webp" {
		picture, err := webpPicture(file, bytes)
		if err != nil {
			return nil, explain(err)
		}
		if picture != image.Pt(width, height) {
			return nil, fmt.Errorf("its header says %d x %d pixels, but it has %d x %d", width, height, picture.X, picture.Y)
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
	}
	img, _, err = image.Decode(file)
	if err != nil {
		return nil, explain(err)
	}
	if format == "webp" {
		widenRange(img)
	}
	return img, nil
}

// webpPicture is the width and height of the picture in a WebP file of so many bytes, whose decoder sets memory aside for as many as
// the picture's chunk claims. In the format's extended form the file's header has those of a
// canvas, which its decoder doesn't hold against the picture's.
func webpPicture(file io.Reader, bytes int64) (image.Point, error) {
	_, chunks, err := riff.NewReader(file)
	if err != nil {
		return image.Point{}, err
	}
	for {
		kind, size, content, err := chunks.Next()
		if err == nil && int64(size) > bytes {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return image.Point{}, err
		}
		switch string(kind[:]) {
		case "VP8 ":
			decoder := vp8.NewDecoder()
			decoder.Init(content, int(size))
			frame, err := decoder.DecodeFrameHeader()
			return image.Pt(frame.Width, frame.Height), err
		case "VP8L":
			config, err := vp8l.DecodeConfig(content)
			return image.Pt(config.Width, config.Height), err
		}
	}
}

// explain says what the decoders' commonest errors mean.
func explain(err error) error {
	switch {
	case errors.Is(err, image.ErrFormat):
		return errors.New("it is no JPEG, PNG or WebP image")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is truncated: it ends before its pixels do")
	}
	return err
}

// widenRange corrects the colours of a lossy WebP image. The format has luma from 16 to 235 and chroma from 16 to 240, and its
// decoder leaves them so in an [image.YCbCr], which is understood to use 0 to 255 for both.
func widenRange(img image.Image) {
	var planes *image.YCbCr
	switch img := img.(type) {
	case *image.YCbCr:
		planes = img
	case *image.NYCbCrA:
		planes = &img.YCbCr
	default: // lossless: no such planes
		return
	}
	var luma, chroma [256]uint8 // the corrected values
	for v := range 256 {
		luma[v] = uint8(min(max(float64(v-16)*255/219, 0), 255) + 0.5)
		chroma[v] = uint8(min(max(128+float64(v-128)*255/224, 0), 255) + 0.5)
	}
	for i, v := range planes.Y {
		planes.Y[i] = luma[v]
	}
	for i := range planes.Cb {
		planes.Cb[i], planes.Cr[i] = chroma[planes.Cb[i]], chroma[planes.Cr[i]]
	}
}
