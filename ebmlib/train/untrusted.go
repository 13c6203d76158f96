package train

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"

	"ebm/ebmlib/internal/untrusted"
)

// A checkpoint of GoMLX is two files of one name: a .json that says which variables there are, of which shapes, and a .bin of their
// values, one behind the other. GoMLX's reader believes the .json; what a run reads is checked before.
const (
	maxCheckpointHeader = 16 << 20
	compressedMark      = "gomlx_checkpointss" // begins a .bin that is compressed, which a run's is not
	variablePrefix      = "var:"               // of a variable's path
)

// checkpointHeader is what stands in the .json. Its fields have the names and types of GoMLX's own, so that both read the same in it.
type checkpointHeader struct {
	Params []struct {
		Scope, Key string
		Value      any
		ValueType  string
	}
	Variables []savedVariable
	BinFormat string
}

type savedVariable struct {
	ParameterName string
	Dimensions    []int
	DType         dtypes.DType
	Pos, Length   int // in bytes
}

// savedTypes are the types that variables of a run may have.
var savedTypes = []dtypes.DType{
	dtypes.Float16, dtypes.BFloat16, dtypes.Float32, dtypes.Float64,
	dtypes.Int8, dtypes.Int16, dtypes.Int32, dtypes.Int64, dtypes.Uint8, dtypes.Uint16, dtypes.Uint32, dtypes.Uint64,
}

// checkCheckpoint checks that GoMLX can read the checkpoint in a directory, which may come from a stranger, and that this takes no more
// memory than the checkpoint's own size and reads nothing outside of it. It looks at no values.
//
// Errors name the file and the fault: the directory or one of its files is a link; there is not exactly one .json, with its .bin; the .json
// is no such text, or lists a variable twice, at no path, of another type, or of a shape or place that doesn't fit the .bin; the .bin is
// compressed.
func checkCheckpoint(dir string) error {
	header, values, err := checkpointFiles(dir)
	if err != nil {
		return err
	}
	text, err := untrusted.ReadFile(header, maxCheckpointHeader)
	if err != nil {
		return err
	}
	var h checkpointHeader
	if err := untrusted.JSON(text, &h); err != nil {
		return fmt.Errorf("%s: %w", header, err)
	}
	size, err := checkPlain(values)
	if err != nil {
		return err
	}
	if err := h.check(size); err != nil {
		return fmt.Errorf("%s: %w", header, err)
	}
	return nil
}

// checkpointFiles are the paths of a checkpoint's .json and .bin.
func checkpointFiles(dir string) (header, values string, err error) {
	info, err := os.Lstat(dir)
	if err != nil {
		return "", "", err
	}
	if !info.IsDir() {
		return "", "", fmt.Errorf("%s is no directory, or a link to one: put the checkpoint itself there", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", "", err
	}
	var headers []string
	for _, entry := range entries {
		if name := entry.Name(); strings.HasPrefix(name, "checkpoint-") && strings.HasSuffix(name, ".json") {
			headers = append(headers, filepath.Join(dir, name))
		}
	}
	if len(headers) != 1 {
		return "", "", fmt.Errorf("%s has %d files checkpoint-*.json, and a checkpoint has one", dir, len(headers))
	}
	header = headers[0]
	values = strings.TrimSuffix(header, ".json") + ".bin"
	for _, file := range []string{header, values} {
		info, err := os.Lstat(file)
		if err != nil {
			return "", "", err
		}
		if !info.Mode().IsRegular() {
			return "", "", fmt.Errorf("%s is a link, a directory or a device: put the file itself there", file)
		}
	}
	return header, values, nil
}

// checkPlain is the size of a .bin, which must not be compressed.
func checkPlain(values string) (int64, error) {
	file, err := os.Open(values)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	start := make([]byte, len(compressedMark))
	if _, err := io.ReadFull(file, start); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return 0, fmt.Errorf("%s: %w", values, err)
	}
	if string(start) == compressedMark {
		return 0, fmt.Errorf("%s is compressed, and a run's checkpoint is not", values)
	}
	return info.Size(), nil
}

// check checks the variables against a .bin of so many bytes.
func (h checkpointHeader) check(size int64) error {
	if len(h.Variables) == 0 {
		return errors.New("lists no variables")
	}
	seen := make(map[string]bool)
	var end int64
	for _, v := range h.Variables {
		if err := v.check(); err != nil {
			return fmt.Errorf("variable %q %w", v.ParameterName, err)
		}
		if seen[v.ParameterName] {
			return fmt.Errorf("variable %q is listed twice", v.ParameterName)
		}
		seen[v.ParameterName] = true
		if int64(v.Pos) != end || int64(v.Length) > size-end {
			return fmt.Errorf("variable %q has %d bytes from %d on, and they must follow those of the one before it, which end at %d, "+
				"and end within the %d of the values' file", v.ParameterName, v.Length, v.Pos, end, size)
		}
		end += int64(v.Length)
	}
	if end != size {
		return fmt.Errorf("lists variables of %d bytes, and the values' file has %d", end, size)
	}
	return nil
}

// check checks a variable by itself: its path, its type, and that its bytes are as many as its shape takes.
func (v savedVariable) check() error {
	name, found := strings.CutPrefix(v.ParameterName, variablePrefix)
	if !found || !path.IsAbs(name) || path.Clean(name) != name || name == "/" {
		return fmt.Errorf("has no name such as %q", variablePrefix+energyPath+"/weight")
	}
	if !slices.Contains(savedTypes, v.DType) {
		return fmt.Errorf("is of type %s, which no variable of a run has", v.DType)
	}
	bytes := v.DType.Size()
	for _, dim := range v.Dimensions {
		if dim < 1 || bytes > math.MaxInt/dim {
			return fmt.Errorf("has the shape %v, which can't be", v.Dimensions)
		}
		bytes *= dim
	}
	if bytes != v.Length {
		return fmt.Errorf("has %d bytes, and its shape %v of %s takes %d", v.Length, v.Dimensions, v.DType, bytes)
	}
	return nil
}
