package data

import (
	"errors"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"io/fs"

	_ "golang.org/x/image/webp"
)

const (
	// maxSide bounds the height and width of images, and with them the memory that one takes.
	maxSide = 1 << 14
	// maxPixelsPerByte bounds the pixels of an image by the bytes of its file, so that a header alone claims no memory: PNG has
	// at least a bit a pixel, deflated, and pictures in JPEG and WebP take more than that.
	maxPixelsPerByte = 8 * maxDeflateRatio
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
	header, _, err := image.DecodeConfig(file)
	if err != nil {
		return nil, explain(err)
	}
	width, height := header.Width, header.Height
	if width < 1 || height < 1 || width > maxSide || height > maxSide {
		return nil, fmt.Errorf("its header says %d x %d pixels: from 1 to %d a side are read", width, height, maxSide)
	}
	if int64(width)*int64(height) > maxPixelsPerByte*bytes {
		return nil, fmt.Errorf("its header says %d x %d pixels, and no such picture fits into %d bytes", width, height, bytes)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	img, format, err := image.Decode(file)
	if err != nil {
		return nil, explain(err)
	}
	if size := img.Bounds().Size(); size != image.Pt(width, height) {
		return nil, fmt.Errorf("its header says %d x %d pixels, but it has %d x %d", width, height, size.X, size.Y)
	}
	if format == "webp" {
		widenRange(img)
	}
	return img, nil
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
