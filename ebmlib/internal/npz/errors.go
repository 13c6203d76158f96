package npz

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
)

var (
	errTruncated = errors.New("truncated: it ends before its values do; get the file again")
	errDamaged   = errors.New("it is damaged; get the file again")
	errFortran   = errors.New("is in Fortran order, of which only the whole can be read: save numpy.ascontiguousarray(array), which is in C order")
)

// explain says in plain words what an error of reading the file means.
func explain(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errTruncated
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.As(err, &corrupt):
		return fmt.Errorf("%w: %w", err, errDamaged)
	}
	return err
}
