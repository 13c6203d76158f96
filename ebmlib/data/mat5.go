package data

import (
	"bufio"
	"cmp"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"ebm/ebmlib/internal/untrusted"
)

// A MATLAB 5 file is a header of 128 bytes and then elements: a tag, which tells the type and the number of bytes of the data that
// follow, and padding to a multiple of 8 bytes. A variable is an element of type matrix, made of elements in turn (flags,
// dimensions, name, values), or an element of type compressed, whose data are the zlib stream of one of type matrix.
const (
	matHeaderBytes = 128
	matMatrix      = 14
	matCompressed  = 15
)

// readMAT reads those variables of a MATLAB 5 file that have a use, which reads the values; each must be there once. Errors name
// the file, and the variables found in it if one is missing. No more than a variable's header is kept here, and its number of
// values is held against the file's size before its use. A compressed one may unpack to 200 times its size, or 16 MiB if that is more.
func readMAT(path string, uses map[string]func(*matVariable) error) error {
	file, size, err := openFile(path)
	if err != nil {
		return fmt.Errorf("MATLAB file: %w", err)
	}
	defer file.Close()
	err = decodeMAT(bufio.NewReaderSize(file, 1<<16), size, uses)
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("truncated: it ends before its values do; get the file again")
	case errors.As(err, &corrupt) || errors.Is(err, zlib.ErrChecksum) || errors.Is(err, zlib.ErrHeader):
		err = fmt.Errorf("a compressed variable is damaged: %w; get the file again", err)
	}
	if err != nil {
		return fmt.Errorf("MATLAB file %s: %w", path, err)
	}
	return nil
}

// decodeMAT decodes a file of size bytes. A stream that ends early is io.EOF or io.ErrUnexpectedEOF.
func decodeMAT(stream io.Reader, size int64, uses map[string]func(*matVariable) error) error {
	order, err := readMATHeader(stream)
	if err != nil {
		return err
	}
	variables := &matVariables{uses: uses}
	file := &matElement{order: order, LimitedReader: io.LimitedReader{R: stream, N: size - matHeaderBytes}}
	for file.N > 0 {
		e, err := file.next()
		if err != nil {
			return err
		}
		if err := e.matrix(variables.take); err != nil {
			return err
		}
		if err := file.skip(e); err != nil {
			return err
		}
	}
	return variables.missing()
}

func readMATHeader(stream io.Reader) (binary.ByteOrder, error) {
	var header [matHeaderBytes]byte
	if _, err := io.ReadFull(stream, header[:]); err != nil {
		return nil, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch mark := header[126:]; string(mark) {
	case "IM":
	case "MI":
		order = binary.BigEndian
	default:
		return nil, fmt.Errorf("wrong magic number %q at byte 126, where a MATLAB 5 file has \"IM\" or \"MI\"; is it the right file?", mark)
	}
	if version := order.Uint16(header[124:]); version != 0x0100 {
		return nil, fmt.Errorf("it is of version 0x%04x, and 0x0100 (MATLAB 5 to 7) is read: save it in MATLAB with -v7", version)
	}
	return order, nil
}

// matElement is an element, or the whole file, of which N bytes are yet to be read.
type matElement struct {
	io.LimitedReader
	kind    uint32
	padding int64 // after its bytes
	order   binary.ByteOrder
}

// next reads the tag of the next of the elements that make up e.
func (e *matElement) next() (*matElement, error) {
	first, err := e.word()
	if err != nil {
		return nil, err
	}
	inner := &matElement{kind: first, order: e.order}
	var size int64
	if small := first >> 16; small != 0 { // up to 4 bytes lie in the tag itself
		inner.kind, size = first&0xffff, int64(small)
		inner.padding = 4 - size
	} else {
		word, err := e.word()
		if err != nil {
			return nil, err
		}
		size = int64(word)
		if inner.kind != matCompressed {
			inner.padding = (8 - size%8) % 8
		}
	}
	if size > e.N || inner.padding < 0 {
		return nil, fmt.Errorf("it claims %d bytes where there can be no more than %d: it is truncated or damaged; get it again",
			size, e.N)
	}
	inner.LimitedReader = io.LimitedReader{R: e, N: size}
	return inner, nil
}

func (e *matElement) word() (uint32, error) {
	var b [4]byte
	_, err := io.ReadFull(e, b[:])
	return e.order.Uint32(b[:]), err
}

// skip passes over what is left of an element inside e, and its padding, which the last one may lack.
func (e *matElement) skip(inner *matElement) error {
	_, err := io.CopyN(io.Discard, e, min(inner.N+inner.padding, e.N))
	return err
}

// field reads the next element whole, which must be of this type and have no more than so many bytes.
func (e *matElement) field(what string, kind uint32, most int64) ([]byte, error) {
	inner, err := e.next()
	if err != nil {
		return nil, err
	}
	if inner.kind != kind || inner.N > most {
		return nil, fmt.Errorf("it has %s of a variable in %d bytes of type %d, not in up to %d of type %d: it is damaged; get it again",
			what, inner.N, inner.kind, most, kind)
	}
	content := make([]byte, inner.N)
	if _, err := io.ReadFull(inner, content); err != nil {
		return nil, err
	}
	return content, e.skip(inner)
}

// matrix takes e, or what e is the compressed form of, which must be a matrix.
func (e *matElement) matrix(take func(*matElement) error) error {
	switch e.kind {
	case matMatrix:
		return take(e)
	case matCompressed:
		return e.inflate(func(inner *matElement) error {
			if inner.kind != matMatrix {
				return inner.noVariable()
			}
			return take(inner)
		})
	}
	return e.noVariable()
}

func (e *matElement) noVariable() error {
	return fmt.Errorf("it has an element of type %d in place of a variable: it is damaged; get it again", e.kind)
}

// inflate takes the element whose compressed form e is.
func (e *matElement) inflate(take func(*matElement) error) error {
	most := untrusted.Unpacked(e.N)
	stream, err := zlib.NewReader(e)
	if err != nil {
		return err
	}
	whole := &matElement{order: e.order, LimitedReader: io.LimitedReader{R: stream, N: most}}
	inner, err := whole.next()
	if err != nil {
		return err
	}
	if err := take(inner); err != nil {
		return err
	}
	if err := whole.skip(inner); err != nil {
		return err
	}
	// One byte more is asked for, to see that the stream ends there and that its checksum agrees.
	if _, err := io.CopyN(io.Discard, stream, 1); err != io.EOF {
		return cmp.Or(err, errors.New("bytes are left over after a compressed variable: it is damaged; get it again"))
	}
	return nil
}
