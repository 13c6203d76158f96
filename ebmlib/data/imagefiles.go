package data

import (
	"errors"
	"fmt"
	"strings"
)

// ImageFiles is a [Source] of images [channels, size, size] that stay in their files: each is decoded when it is read, on all
// CPUs. JPEG, PNG and WebP files are read, told apart by their content, of up to 16384 pixels a side and 64 megapixels, in any colour model; 16
// bits are rounded to 8, what is transparent lies on white, and orientation marks (Exif) are not followed. Pixels are PIL's to
// within a level, and within a few at the edges of colours in JPEG and lossy WebP, whose coarse chroma is not smoothed. It is made
// by [Folder], [CelebA], [CelebAHQ] or [LSUN], and may be used by several goroutines at once.
type ImageFiles struct {
	settings ImageSettings
	files    []string // the path of each image
	index    Set      // name, labels and attributes of all the images, without their pixels
	corrupt  *corruptImages
}

func newImageFiles(settings ImageSettings, files []string, index Set) (*ImageFiles, error) {
	if err := settings.check(); err != nil {
		return nil, err
	}
	if settings.Channels == 0 {
		settings.Channels = 3
	}
	return &ImageFiles{settings, files, index, &corruptImages{errs: map[int]error{}}}, nil
}

// only is the images of these rows alone.
func (f *ImageFiles) only(rows []int) (*ImageFiles, error) {
	index := Set{Name: f.index.Name}
	for _, a := range f.index.Attributes {
		a.Labels = pick(a.Labels, 1, rows)
		index.Attributes = append(index.Attributes, a)
	}
	return newImageFiles(f.settings, pick(f.files, 1, rows), index)
}

// Info describes the images, without opening any.
func (f *ImageFiles) Info() Info {
	s := f.settings
	return Info{
		Name: f.index.Name, Shape: []int{s.Channels, s.Size, s.Size}, Images: true,
		Examples: len(f.files), Classes: f.index.Classes,
	}
}

// Read decodes the images of these rows, and no others unless one is corrupt and is to be skipped. The error of a corrupt image
// names its file and what is wrong with it. A file that cannot be opened, or is smaller than the crop, is always an error.
func (f *ImageFiles) Read(rows []int) (*Set, error) {
	info := f.Info()
	if err := info.rowsErr(rows); err != nil {
		return nil, err
	}
	size := info.Shape[0] * info.Shape[1] * info.Shape[2]
	out := &Set{Name: info.Name, Shape: info.Shape, Classes: info.Classes, Bytes: make([]uint8, len(rows)*size)}
	images := make([]int, len(rows)) // the image that each example is of
	err := parallel(len(rows), func(i int) (err error) {
		images[i], err = f.readNext(rows[i], out.Bytes[i*size:(i+1)*size])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", info.Name, err)
	}
	out.Labels = pick(f.index.Labels, 1, images)
	for _, a := range f.index.Attributes {
		a.Labels = pick(a.Labels, 1, images)
		out.Attributes = append(out.Attributes, a)
	}
	return out, nil
}

// readNext writes the first image from the one numbered row to out, and returns its number: row, or a later one, counted in a
// circle, if corrupt ones are skipped.
func (f *ImageFiles) readNext(row int, out []uint8) (int, error) {
	for k := range len(f.files) {
		i := (row + k) % len(f.files)
		if f.corrupt.has(i) {
			continue
		}
		err := f.readOne(i, out)
		switch {
		case !errors.Is(err, errCorrupt):
			return i, err
		case !f.settings.SkipCorrupt:
			return i, fmt.Errorf("%w; mend or remove it, or set SkipCorrupt to have the next one in its place", err)
		}
		f.corrupt.add(i, err)
	}
	return row, fmt.Errorf("none of its %d images can be decoded, the first because: %s", len(f.files), f.Corrupt()[0])
}

// readOne writes the image numbered i to out.
func (f *ImageFiles) readOne(i int, out []uint8) error {
	img, err := readImage(f.files[i])
	if err != nil {
		return err
	}
	part, err := f.settings.part(img.Bounds())
	if err != nil {
		return fmt.Errorf("image %s: %w", f.files[i], err)
	}
	resize(img, part, f.settings.Channels, f.settings.Size, out)
	return nil
}

// By is the same images labelled by one of their attributes, whose values then are the classes, as [Set.By] does it.
func (f *ImageFiles) By(attribute string) (*ImageFiles, error) {
	index, err := f.index.By(attribute)
	if err != nil {
		return nil, err
	}
	labelled := *f
	labelled.index = *index
	return &labelled, nil
}

// SkippingCorrupt is the same images with [ImageSettings].SkipCorrupt set.
func (f *ImageFiles) SkippingCorrupt() *ImageFiles {
	skipping := *f
	skipping.settings.SkipCorrupt = true
	skipping.corrupt = &corruptImages{errs: map[int]error{}}
	return &skipping
}

// Corrupt tells of each image that was found corrupt and skipped so far its file and what is wrong with it, in the order of
// the list. Images that were not read yet are not known of.
func (f *ImageFiles) Corrupt() []string {
	return f.corrupt.list()
}

// String is a summary for people: the name, the number of images, and the first ten that were found corrupt.
func (f *ImageFiles) String() string {
	const shown = 10
	info := f.Info()
	lines := []string{fmt.Sprintf("%s: %d images %v", info.Name, info.Examples, info.Shape)}
	if corrupt := f.Corrupt(); corrupt != nil {
		lines[0] += fmt.Sprintf(", %d corrupt so far, in whose place the next ones stand:", len(corrupt))
		lines = append(lines, corrupt[:min(shown, len(corrupt))]...)
		if more := len(corrupt) - shown; more > 0 {
			lines = append(lines, fmt.Sprintf("and %d more", more))
		}
	}
	return strings.Join(lines, "\n  ")
}
