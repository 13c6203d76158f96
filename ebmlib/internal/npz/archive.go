package npz

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"ebm/ebmlib/internal/untrusted"
)

// Archive is an open .npz or .npy file.
type Archive struct {
	path    string
	file    *os.File
	size    int64
	names   []string
	members map[string]func() (*content, error)
}

// Open opens a .npz or .npy file; its first bytes tell which, not its name. A .npy file is an archive of one array, which has
// the file's name without its ending. The arrays themselves are not looked at yet.
//
// A file that is missing, empty, not a regular file or of another kind, and an archive that is cut short, has two arrays of
// one name, or would unpack to more than 200 times its size and more than 16 MiB, are errors that name the file.
func Open(path string) (*Archive, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("NumPy file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("NumPy file %s: is a directory or device: give the path of the file itself", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("NumPy file: %w", err)
	}
	a := &Archive{path: path, file: file, size: info.Size(), members: map[string]func() (*content, error){}}
	if err := a.list(); err != nil {
		file.Close()
		return nil, fmt.Errorf("NumPy file %s: %w", path, err)
	}
	return a, nil
}

// list finds the arrays of the file.
func (a *Archive) list() error {
	size := a.size
	if size == 0 {
		return errors.New("is empty; get the file again")
	}
	start := make([]byte, min(size, int64(len(magic))))
	if _, err := a.file.ReadAt(start, 0); err != nil {
		return err
	}
	switch {
	case string(start) == magic:
		name := strings.TrimSuffix(filepath.Base(a.path), ".npy")
		return a.add(name, func() (*content, error) { return plain(a.file, size), nil })
	case !bytes.HasPrefix(start, []byte("PK")):
		return fmt.Errorf("starts with %q: neither a .npz (a zip archive, %q) nor a .npy (%q); is it the right file?", start, "PK", magic)
	}
	zipped, err := zip.NewReader(a.file, size)
	if err != nil {
		return fmt.Errorf("its zip directory can't be read, as when a file is cut short: %w", explain(err))
	}
	if err := checkSizes(zipped.File, size); err != nil {
		return err
	}
	for _, file := range zipped.File {
		name := strings.TrimSuffix(file.Name, ".npy")
		if err := a.add(name, func() (*content, error) { return member(a.file, size, file) }); err != nil {
			return err
		}
	}
	return nil
}

// checkSizes checks what the members of a zip archive of size bytes claim to have packed and unpacked. Were they to share the bytes of
// one, a small file could have as much as the square of its size.
func checkSizes(members []*zip.File, size int64) error {
	packedLeft, left := uint64(size), uint64(untrusted.Unpacked(size))
	for _, m := range members {
		if m.CompressedSize64 > packedLeft {
			return fmt.Errorf("its arrays claim more bytes than its %d, %d of them %q: %w", size, m.CompressedSize64, m.Name, errDamaged)
		}
		if m.UncompressedSize64 > left {
			return fmt.Errorf("its arrays claim to unpack to more than %d bytes, %d of them %q, which is more than is unpacked from %d: "+
				"if it is sound, write it with numpy.savez, not numpy.savez_compressed", untrusted.Unpacked(size), m.UncompressedSize64, m.Name, size)
		}
		packedLeft -= m.CompressedSize64
		left -= m.UncompressedSize64
	}
	return nil
}

func (a *Archive) add(name string, find func() (*content, error)) error {
	if a.members[name] != nil {
		return fmt.Errorf("has two arrays of the name %q: write it anew with one of them", name)
	}
	a.names = append(a.names, name)
	a.members[name] = find
	return nil
}

// Close closes the file. Its arrays can't be read any more.
func (a *Archive) Close() error { return a.file.Close() }

// Size is the number of the file's bytes.
func (a *Archive) Size() int64 { return a.size }

// Names are the arrays' names in the order of the file, without the ".npy" that a .npz adds to each.
func (a *Archive) Names() []string { return a.names }

// Array finds an array by its name and reads its header.
//
// Errors, each with the file's and the array's name: there is no such array (those that are there are listed); it is not an
// array that this package reads (see [Array]); the file has more or fewer bytes for it than its header claims.
func (a *Archive) Array(name string) (*Array, error) {
	find := a.members[name]
	if find == nil {
		return nil, fmt.Errorf("NumPy file %s has no array %q; it has %q", a.path, name, a.names)
	}
	array := &Array{Name: name, path: a.path}
	if err := array.locate(find); err != nil {
		return nil, array.fault(err)
	}
	return array, nil
}

// locate finds the array's bytes and reads its header.
func (a *Array) locate(find func() (*content, error)) error {
	c, err := find()
	if err != nil {
		return err
	}
	r, err := c.open()
	if err != nil {
		return err
	}
	defer r.Close()
	a.content, a.Stored = c, c.stored != nil
	return a.readHeader(r, c.size)
}
