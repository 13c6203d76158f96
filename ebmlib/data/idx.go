package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"ebm/ebmlib/internal/untrusted"
)

// An IDX file is a magic number 00 00 TYPE RANK, then RANK sizes as big-endian 32-bit integers, then the values row-major.
const (
	idxUnsignedByte = 0x08
	idxMaxRank      = 4
)

// ReadIDX reads an IDX file of unsigned bytes with 1 to 4 dimensions, gzipped or not; the content tells which, not the name.
// It returns the dimensions, outermost first, and their product of values, row-major.
//
// A file that is missing, not a regular file, not IDX, of another type, damaged, too short or too long is an error that
// names it. No memory is set aside on the header's word: the header is held against the file's size, and the values are
// taken as they arrive. What is gzipped may unpack to 200 times its size, or 16 MiB if that is more.
func ReadIDX(path string) (dims []int, values []uint8, err error) {
	file, size, err := openFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("IDX file: %w", err)
	}
	defer file.Close()
	dims, values, err = decodeIDX(bufio.NewReader(file), size)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("truncated: it ends before its values do; get the file again")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("IDX file %s: %w", path, err)
	}
	return dims, values, nil
}

// decodeIDX decodes a file of size bytes. A stream that ends early is io.EOF or io.ErrUnexpectedEOF.
func decodeIDX(file *bufio.Reader, size int64) ([]int, []uint8, error) {
	var stream io.Reader = file
	if start, _ := file.Peek(2); bytes.Equal(start, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			return nil, nil, err
		}
		stream, size = unzipped, untrusted.Unpacked(size)
	}

	var magic [4]byte
	if _, err := io.ReadFull(stream, magic[:]); err != nil {
		return nil, nil, err
	}
	kind, rank := magic[2], int(magic[3])
	if magic[0] != 0 || magic[1] != 0 || kind != idxUnsignedByte || rank < 1 || rank > idxMaxRank {
		return nil, nil, fmt.Errorf("wrong magic number 0x%08x: unsigned bytes in 1 to %d dimensions have 0x00000801 to 0x%08x; is it the right file?",
			magic, idxMaxRank, idxUnsignedByte<<8|idxMaxRank)
	}
	sizes := make([]uint32, rank)
	if err := binary.Read(stream, binary.BigEndian, sizes); err != nil {
		return nil, nil, err
	}
	dims := make([]int, rank)
	for i, d := range sizes {
		dims[i] = int(d)
	}
	most := size - int64(len(magic)+4*rank)
	count := volume(dims, int(min(most, math.MaxInt-1)))
	if count == 0 {
		return nil, nil, fmt.Errorf("dimensions %v cannot be: each must be at least 1, and no more than %d values are read from a file of its size; it is truncated or damaged", dims, most)
	}

	// One byte more than wanted is asked for, to see that the stream ends there (and, in a gzip, that its checksum agrees).
	values, err := io.ReadAll(io.LimitReader(stream, int64(count)+1))
	switch {
	case err != nil:
		return nil, nil, err
	case len(values) < count:
		return nil, nil, io.ErrUnexpectedEOF
	case len(values) > count:
		return nil, nil, fmt.Errorf("bytes are left over after the %d values of dimensions %v: it is damaged, or another kind of file", count, dims)
	}
	return dims, values, nil
}

// WriteIDX writes values, row-major in dims (1 to 4 of them, outermost first), as an IDX file of unsigned bytes, not gzipped.
// It is an error if the product of dims is not the number of values.
func WriteIDX(path string, dims []int, values []uint8) error {
	if len(dims) > idxMaxRank || volume(dims, len(values)) != len(values) || len(values) == 0 {
		return fmt.Errorf("IDX file %s: %d values cannot be written in dimensions %v: 1 to %d dimensions are needed, whose product is the number of values",
			path, len(values), dims, idxMaxRank)
	}
	content := []byte{0, 0, idxUnsignedByte, byte(len(dims))}
	for _, d := range dims {
		if uint64(d) > math.MaxUint32 {
			return fmt.Errorf("IDX file %s: dimension %d is above the format's greatest, %d", path, d, uint32(math.MaxUint32))
		}
		content = binary.BigEndian.AppendUint32(content, uint32(d))
	}
	if err := os.WriteFile(path, append(content, values...), 0o644); err != nil {
		return fmt.Errorf("IDX file: %w", err)
	}
	return nil
}

// IDX reads images, and their labels unless labelsPath is "", from IDX files. Images of dimensions [n, height, width] get
// one channel; [n, channels, height, width] are taken as they are. The set has the name of the images' file.
//
// Besides the errors of [ReadIDX], images of another rank, labels that are not of rank 1, and images and labels of different
// counts are errors that name the files.
func IDX(imagesPath, labelsPath string) (*Set, error) {
	dims, images, err := ReadIDX(imagesPath)
	if err != nil {
		return nil, err
	}
	set := &Set{Name: filepath.Base(imagesPath), Bytes: images}
	switch len(dims) {
	case 3:
		set.Shape = []int{1, dims[1], dims[2]}
	case 4:
		set.Shape = dims[1:]
	default:
		return nil, fmt.Errorf("IDX file %s: dimensions %v are not those of images, [n, height, width] or [n, channels, height, width]; are images and labels swapped?",
			imagesPath, dims)
	}
	if labelsPath == "" {
		return set, nil
	}

	labelDims, labels, err := ReadIDX(labelsPath)
	if err != nil {
		return nil, err
	}
	if len(labelDims) != 1 {
		return nil, fmt.Errorf("IDX file %s: dimensions %v are not those of labels, [n]; are images and labels swapped?", labelsPath, labelDims)
	}
	if labelDims[0] != dims[0] {
		return nil, fmt.Errorf("%s has %d images, but %s has %d labels: they are not of one set; give the labels that belong to the images",
			imagesPath, dims[0], labelsPath, labelDims[0])
	}
	set.Labels = make([]int32, len(labels))
	for i, label := range labels {
		set.Labels[i] = int32(label)
	}
	set.Classes = numbers(0, int(slices.Max(labels)))
	return set, nil
}
