package data

import (
	"fmt"
	"image"
)

// ImageSettings says what examples image files become.
type ImageSettings struct {
	Size     int // height and width of an example, in pixels, up to 16384
	Channels int // 3 for red, green and blue; 1 for grey, which is luma, 0.299 R + 0.587 G + 0.114 B; 0 means 3

	// The part of each image that is taken and then resized to an example, by a bilinear filter with antialiasing. It is the
	// largest square at the middle, unless one of these is given.
	Crop  image.Rectangle // this rectangle, in pixels from the upper left
	Whole bool            // all of the image, squeezed if it is not square, as the paper's code does with faces and rooms

	// SkipCorrupt replaces an image that cannot be decoded by the next in the list that can, with that one's labels, and
	// counts it: see [ImageFiles.Corrupt]. Otherwise such an image is an error.
	SkipCorrupt bool
}

func (s ImageSettings) check() error {
	switch {
	case s.Size < 1 || s.Size > maxSide:
		return fmt.Errorf("image settings: Size is %d: give the height and width of an example, from 1 to %d pixels", s.Size, maxSide)
	case s.Channels != 0 && s.Channels != 1 && s.Channels != 3:
		return fmt.Errorf("image settings: Channels is %d: give 3 (red, green and blue, as 0 does) or 1 (grey)", s.Channels)
	case s.Whole && s.Crop != (image.Rectangle{}):
		return fmt.Errorf("image settings: both Whole and the Crop %v are given: give one of them", s.Crop)
	case s.Crop != (image.Rectangle{}) && s.Crop.Empty():
		return fmt.Errorf("image settings: the Crop %v has no pixels: Min must be its upper left corner", s.Crop)
	}
	return nil
}

// part is the rectangle that the settings take of an image.
func (s ImageSettings) part(bounds image.Rectangle) (image.Rectangle, error) {
	crop := s.Crop.Add(bounds.Min)
	switch {
	case s.Whole:
		return bounds, nil
	case s.Crop.Empty():
		return centreSquare(bounds), nil
	case !crop.In(bounds):
		return crop, fmt.Errorf("it is %d x %d pixels, and the Crop %v reaches beyond: give one within every image", bounds.Dx(), bounds.Dy(), s.Crop)
	}
	return crop, nil
}
