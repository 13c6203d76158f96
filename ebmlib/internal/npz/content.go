package npz

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
)

// content is the bytes of a .npy file: a file's, or a zip archive's member's.
type content struct {
	size   int64                         // unzipped; the file is large enough for it
	open   func() (io.ReadCloser, error) // reads from the first byte on
	stored io.ReaderAt                   // the same bytes, or nil if they are compressed
}

func plain(file io.ReaderAt, size int64) *content {
	return &content{
		size:   size,
		open:   func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(file, 0, size)), nil },
		stored: file,
	}
}

// member is the content of a zip archive's member, whose sizes it holds against the archive's.
func member(file io.ReaderAt, size int64, m *zip.File) (*content, error) {
	if m.Flags&1 != 0 {
		return nil, errors.New("is encrypted: write the archive anew without a password")
	}
	offset, err := m.DataOffset()
	if err != nil {
		return nil, err
	}
	if room := uint64(max(size-offset, 0)); m.CompressedSize64 > room {
		return nil, fmt.Errorf("claims %d bytes of the zip archive, which has %d from there on: %w", m.CompressedSize64, room, errTruncated)
	}
	c := &content{size: int64(m.UncompressedSize64), open: m.Open}
	switch {
	case m.Method == zip.Store && m.UncompressedSize64 != m.CompressedSize64:
		return nil, fmt.Errorf("claims %d bytes, and has %d, not compressed, in the zip archive: %w",
			m.UncompressedSize64, m.CompressedSize64, errDamaged)
	case m.Method == zip.Store:
		c.stored = io.NewSectionReader(file, offset, int64(m.CompressedSize64))
	case m.Method != zip.Deflate:
		return nil, fmt.Errorf("is compressed by zip method %d: write it with numpy.savez or numpy.savez_compressed", m.Method)
	}
	return c, nil
}
