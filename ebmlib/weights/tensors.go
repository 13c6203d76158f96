package weights

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/internal/files"
)

// Tensors are weights by their names.
type Tensors map[string]*tensors.Tensor

// Under has the tensors whose names begin with the prefix, by the names without it: Under("param/") of a file that has other
// arrays too, Under("module.") of a state dict that PyTorch's DataParallel wrapped. The tensors are the same, not copies.
func (t Tensors) Under(prefix string) Tensors {
	under := Tensors{}
	for name, tensor := range t {
		if rest, found := strings.CutPrefix(name, prefix); found {
			under[rest] = tensor
		}
	}
	return under
}

// format is a kind of file.
type format struct {
	read  func(path string) (Tensors, error)
	write func(w io.Writer, values map[string]array) error
}

// array is a tensor's shape and values, row-major.
type array struct {
	shape  []int
	values []float32
}

func formatOf(path string) (format, error) {
	switch ending := filepath.Ext(path); ending {
	case ".npz":
		return format{readNPZ, writeNPZ}, nil
	case ".safetensors":
		return format{readSafetensors, writeSafetensors}, nil
	default:
		return format{}, fmt.Errorf("weights file %s: the ending %q is not one of .npz and .safetensors, the formats of weights; "+
			"PyTorch writes the latter by safetensors.torch.save_file(net.state_dict(), path)", path, ending)
	}
}

// Read reads the tensors of a .npz or .safetensors file, as float32.
//
// Float64 is rounded to float32; float16 and bfloat16 of a .safetensors file are float32 exactly, and so must the integers be that a
// .npz file may have. Everything else is an error that names the file and the tensor: values of other types, or beyond float32's
// range; shapes that don't fit the file, which are seen before memory is set aside; a damaged file.
func Read(path string) (Tensors, error) {
	format, err := formatOf(path)
	if err != nil {
		return nil, err
	}
	return format.read(path)
}

// Write writes the tensors, of float32 or float64, as float32 to a .npz or .safetensors file: beside it first, then renamed, so that
// the file is there whole or as it was. The same tensors give the same bytes.
//
// Errors: the ending is another, a tensor has another type or values beyond float32's range, the file can't be written.
func Write(path string, t Tensors) error {
	format, err := formatOf(path)
	if err != nil {
		return err
	}
	arrays := make(map[string]array, len(t))
	for name, tensor := range t {
		values, err := float32s(tensor)
		if err != nil {
			return fmt.Errorf("weights file %s: tensor %q can't be written: %w", path, name, err)
		}
		arrays[name] = array{tensor.Shape().Dimensions, values}
	}
	if err := files.Replace(path, func(w io.Writer) error { return format.write(w, arrays) }); err != nil {
		return fmt.Errorf("weights file %w", err)
	}
	return nil
}

// float32s are the values of a tensor of float32 or float64; those of float64 are rounded.
func float32s(t *tensors.Tensor) ([]float32, error) {
	switch t.DType() {
	case dtypes.Float32:
		return tensors.CopyFlatData[float32](t)
	case dtypes.Float64:
		wide, err := tensors.CopyFlatData[float64](t)
		if err != nil {
			return nil, err
		}
		values := make([]float32, len(wide))
		for i, v := range wide {
			if values[i], err = narrow(v); err != nil {
				return nil, fmt.Errorf("value %d: %w", i, err)
			}
		}
		return values, nil
	}
	return nil, fmt.Errorf("its type is %s; float32 and float64 can be weights", t.DType())
}

// narrow rounds a value to float32. It is an error if that makes a finite value infinite.
func narrow(v float64) (float32, error) {
	n := float32(v)
	if math.IsInf(float64(n), 0) && !math.IsInf(v, 0) {
		return 0, fmt.Errorf("%g is beyond the range of float32", v)
	}
	return n, nil
}
