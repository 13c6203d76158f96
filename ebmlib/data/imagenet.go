package data

import (
	"fmt"
	"slices"

	"ebm/ebmlib/internal/npz"
)

// imageNetClasses is how many classes ImageNet's labels count, from 1.
const imageNetClasses = 1000

// ImageNet opens the split "train" (officially 1,281,167 images) or "val" (50,000) of ImageNet, downsampled to a size of 32 or 64
// pixels: images [3, size, size] of the classes "1" to "1000", the numbers of the files. Its npz files, train_data_batch_1.npz
// to train_data_batch_10.npz, of which at least one must be there, or val_data.npz, are looked for in the data directory dir
// (see [Dir]) and in its folder Imagenet32_train_npz or the like. The count of examples is the files' own.
//
// Images are read when they are asked for, from files that stay open as long as the source is in use. Those of a compressed file
// are kept in memory instead; the source's name then says how much they take.
//
// A file whose arrays are not data, uint8 [n, 3 size size], and labels, n integers from 1 to 1000, is an error that names it, and
// so is a download of the other form, Python pickles.
func ImageNet(dir string, size int, split string) (Source, error) {
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	if size != 32 && size != 64 {
		return nil, fmt.Errorf("ImageNet has no size %d: it has 32 and 64", size)
	}
	archive := fmt.Sprintf("Imagenet%d_%s_npz", size, split)
	o := official{
		set:    fmt.Sprintf("ImageNet %dx%d", size, size),
		folder: archive,
		source: fmt.Sprintf("the npz version of %s, downsampled %dx%d, from https://image-net.org/download-images.php", split, size, size),
	}
	paths, err := imageNetFiles(o, dir, split)
	if err != nil {
		return nil, err
	}
	source := &recordSource{
		info: Info{
			Name: o.set + " " + split, Shape: []int{3, size, size}, Images: true, Classes: numbers(1, imageNetClasses),
		},
		decode: rowByRow,
	}
	inMemory := 0
	for _, path := range paths {
		part, labels, stored, err := readImageNet(path, 3*size*size)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.set, err)
		}
		if !stored {
			inMemory += part.count * 3 * size * size
		}
		source.parts = append(source.parts, part)
		source.labels = append(source.labels, labels...)
		source.info.Examples += part.count
	}
	if inMemory > 0 {
		source.info.Name += fmt.Sprintf(" (%.2f MB in memory, its files being compressed)", float64(inMemory)/1e6)
	}
	return source, nil
}

func imageNetFiles(o official, dir, split string) ([]string, error) {
	var paths []string
	var err error
	pickle := ""
	switch split {
	case "train":
		paths, err = o.needAny(dir, "train_data_batch_%d.npz", 10)
		pickle = o.find(dir, "train_data_batch_1")
	case "val":
		paths = make([]string, 1)
		paths[0], err = o.need(dir, "val_data.npz")
		pickle = o.find(dir, "val_data")
	default:
		return nil, o.splitErr(split, "train", "val")
	}
	if err != nil && pickle != "" {
		return nil, fmt.Errorf("%s is a Python pickle, which is not read, because to unpickle is to run what the file says: %w", pickle, err)
	}
	return paths, err
}

// readImageNet opens the images, of so many bytes each, and reads the labels of one file, and tells whether the images stay in it.
func readImageNet(path string, bytes int) (images records, labels []int32, stored bool, err error) {
	archive, err := npz.Open(path)
	if err != nil {
		return images, nil, false, err
	}
	defer func() {
		if err != nil || !stored {
			archive.Close()
		}
	}()
	data, err := archive.Array("data")
	if err != nil {
		return images, nil, false, err
	}
	if len(data.Shape) != 2 || data.Shape[0] == 0 || data.Shape[1] != bytes || data.DType != "|u1" {
		return images, nil, false, fmt.Errorf("%s: array data is %s %v, and |u1 [n %d] is needed; are the images of the other size?",
			path, data.DType, data.Shape, bytes)
	}
	if labels, err = imageNetLabels(archive, path, data.Shape[0]); err != nil {
		return images, nil, false, err
	}
	if data.Stored {
		read := func(i int, into []uint8) error { return data.Rows(i, 1, into) }
		return records{data.Shape[0], read}, labels, true, nil
	}
	values, err := data.Uint8()
	if err != nil {
		return images, nil, false, err
	}
	read := func(i int, into []uint8) error { copy(into, values[i*bytes:]); return nil }
	return records{data.Shape[0], read}, labels, false, nil
}

func imageNetLabels(archive *npz.Archive, path string, count int) ([]int32, error) {
	array, err := archive.Array("labels")
	if err != nil {
		return nil, err
	}
	if !slices.Equal(array.Shape, []int{count}) {
		return nil, fmt.Errorf("%s: array labels has shape %v for %d images: it is damaged; get it again", path, array.Shape, count)
	}
	values, err := array.Int64()
	if err != nil {
		return nil, err
	}
	labels := make([]int32, count)
	for i, label := range values {
		if label < 1 || label > imageNetClasses {
			return nil, fmt.Errorf("%s: label %d is %d, and labels are 1 to %d: it is damaged, or another data set; get it again",
				path, i, label, imageNetClasses)
		}
		labels[i] = int32(label) - 1
	}
	return labels, nil
}
