package data

import (
	"fmt"
	"io"
	"math"
	"slices"

	"ebm/ebmlib/internal/npz"
)

var dSpritesOfficial = official{
	set:    "dSprites",
	folder: "dsprites",
	source: "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz from https://github.com/google-deepmind/dsprites-dataset",
}

// dSpritesPixels is the pixels of an image, each of which is black or white.
const dSpritesPixels = 64 * 64

// Sprites is the [Source] of dSprites, made by [DSprites]. It keeps a bit a pixel.
type Sprites struct {
	bits  []uint8 // of an image after another, 8 pixels a byte, the first the lowest bit
	index Set     // name, shape, labels and attributes of all the images, without their pixels
}

// DSprites reads dSprites (officially 737,280 images): white shapes on black, [1, 64, 64], with bytes 0 and 255. They have no
// classes but the attributes (see [Sprites.By]) "colour" (always white), "shape" (square, ellipse, heart), "scale" (0.5 to 1),
// "orientation" (0 to 2 pi), "x" and "y" (0 to 1), whose names are these values. The official file,
// dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz, is looked for in the data directory dir (see [Dir]) and in its folder dsprites.
// The count of examples is the file's own.
//
// The file's 3 GB are read as a stream into 377 MB of memory, a bit a pixel. A file whose arrays are not imgs, uint8
// [n, 64, 64] of 0 and 1, and latents_classes, integers [n, 6] within the known classes, is an error that names it.
func DSprites(dir string) (*Sprites, error) {
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	path, err := dSpritesOfficial.need(dir, "dsprites_ndarray_co1sh3sc6or40x32y32_64x64.npz")
	if err != nil {
		return nil, err
	}
	source, err := readDSprites(path)
	if err != nil {
		return nil, fmt.Errorf("dSprites: %w", err)
	}
	return source, nil
}

// Info describes the images.
func (s *Sprites) Info() Info {
	return Info{
		Name: s.index.Name, Shape: s.index.Shape, Images: true, Examples: len(s.bits) * 8 / dSpritesPixels, Classes: s.index.Classes,
	}
}

// Read unpacks the images of these rows, with their attributes.
func (s *Sprites) Read(rows []int) (*Set, error) {
	if err := s.Info().rowsErr(rows); err != nil {
		return nil, err
	}
	set := s.index.pickLabels(rows)
	set.Bytes = make([]uint8, len(rows)*dSpritesPixels)
	for k := range set.Bytes {
		pixel := rows[k/dSpritesPixels]*dSpritesPixels + k%dSpritesPixels
		set.Bytes[k] = s.bits[pixel/8] >> (pixel % 8) & 1 * 255
	}
	return set, nil
}

// By is the same images labelled by one of their attributes, whose values then are the classes, as [Set.By] does it.
func (s *Sprites) By(attribute string) (*Sprites, error) {
	index, err := s.index.By(attribute)
	if err != nil {
		return nil, err
	}
	return &Sprites{s.bits, *index}, nil
}

func readDSprites(path string) (*Sprites, error) {
	archive, err := npz.Open(path)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	images, err := archive.Array("imgs")
	if err != nil {
		return nil, err
	}
	if len(images.Shape) != 3 || images.Shape[0] == 0 || !slices.Equal(images.Shape[1:], []int{64, 64}) || images.DType != "|u1" {
		return nil, fmt.Errorf("%s: array imgs is %s %v, and |u1 [n 64 64] is needed; is it the right file?", path, images.DType, images.Shape)
	}
	count := images.Shape[0]
	source := &Sprites{index: Set{Name: "dSprites", Shape: []int{1, 64, 64}}}
	// The attributes come first: they are small, and a wrong file is seen before its images have been unpacked.
	if source.index.Attributes, err = dSpritesAttributes(archive, path, count); err != nil {
		return nil, err
	}
	if source.bits, err = dSpritesImages(images, path); err != nil {
		return nil, err
	}
	return source, nil
}

func dSpritesImages(images *npz.Array, path string) ([]uint8, error) {
	stream, err := images.Open()
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	bits, image := make([]uint8, images.Len()/8), make([]uint8, dSpritesPixels)
	for i := range images.Shape[0] {
		if _, err := io.ReadFull(stream, image); err != nil {
			return nil, err
		}
		for k, pixel := range image {
			if pixel > 1 {
				return nil, fmt.Errorf("%s: image %d has the value %d, and values are 0 and 1: it is damaged, or another data set; get it again",
					path, i, pixel)
			}
			bits[(i*dSpritesPixels+k)/8] |= pixel << (k % 8)
		}
	}
	// There is nothing left; but at the end the archive's checksum is compared.
	if _, err := io.Copy(io.Discard, stream); err != nil {
		return nil, err
	}
	return bits, nil
}

func dSpritesAttributes(archive *npz.Archive, path string, count int) ([]Attribute, error) {
	attributes := []Attribute{
		{Name: "colour", Classes: []string{"white"}},
		{Name: "shape", Classes: []string{"square", "ellipse", "heart"}},
		{Name: "scale", Classes: evenly(0.5, 1, 6)},
		{Name: "orientation", Classes: evenly(0, 2*math.Pi, 40)},
		{Name: "x", Classes: evenly(0, 1, 32)},
		{Name: "y", Classes: evenly(0, 1, 32)},
	}
	array, err := archive.Array("latents_classes")
	if err != nil {
		return nil, err
	}
	if !slices.Equal(array.Shape, []int{count, len(attributes)}) {
		return nil, fmt.Errorf("%s: array latents_classes has shape %v, and [%d %d] is needed; is it the right file?",
			path, array.Shape, count, len(attributes))
	}
	values, err := array.Int64()
	if err != nil {
		return nil, err
	}
	for k := range attributes {
		a := &attributes[k]
		a.Labels = make([]int32, count)
		for i := range a.Labels {
			class := values[i*len(attributes)+k]
			if class < 0 || class >= int64(len(a.Classes)) {
				return nil, fmt.Errorf("%s: image %d has class %d of %s, and classes are 0 to %d: it is damaged, or another data set; get it again",
					path, i, class, a.Name, len(a.Classes)-1)
			}
			a.Labels[i] = int32(class)
		}
	}
	return attributes, nil
}

// evenly are count evenly spaced values from first to last, as names.
func evenly(first, last float64, count int) []string {
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf("%.3g", first+(last-first)*float64(i)/float64(count-1))
	}
	return names
}
