package weights_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/internal/untrusted"
	"ebm/ebmlib/internal/untrusted/untrustedtest"
	"ebm/ebmlib/weights"
)

// besides is what a reader may set aside whatever the file: buffers, and the decompressor's.
const besides = 1 << 20

// FuzzReadSafetensors: whatever the file, it is refused by name, or its tensors survive being written and read again.
func FuzzReadSafetensors(f *testing.F) {
	f.Add([]byte{})
	f.Add(safetensors("{}"))
	f.Add(safetensors(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0x80, 0x3f))
	f.Add(safetensors(`{"a":{"dtype":"F16","shape":[],"data_offsets":[0,2]},"b":{"dtype":"BF16","shape":[0,7],"data_offsets":[2,2]}}`, 1, 2))
	f.Add(safetensors(`{"__metadata__":{"format":"pt"},"a":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]}}  `, 0, 0, 0, 0, 0, 0, 0, 0))
	f.Add(safetensors(`{"a":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}`, 0))
	f.Add(safetensors(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[4,0]},"a":{}}`))
	f.Add([]byte{255, 255, 255, 255, 255, 255, 255, 127, '{', '}'})
	fuzzRead(f, "w.safetensors", func(size int64) int64 { return 50 * size }) // of the header's text, above all
}

// zeroBytesNPZ is an archive of an array of bytes that are 0, deflated.
func zeroBytesNPZ(t testing.TB, count int) []byte {
	t.Helper()
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	member, err := w.Create("zeros.npy")
	ok(t, err)
	text := fmt.Sprintf("{'descr': '|u1', 'fortran_order': False, 'shape': (%d,), }\n", count)
	_, err = fmt.Fprintf(member, "\x93NUMPY\x01\x00%c\x00%s", len(text), text)
	ok(t, err)
	_, err = member.Write(make([]byte, count))
	ok(t, err)
	ok(t, w.Close())
	return file.Bytes()
}

// FuzzReadNPZ is FuzzReadSafetensors for the other format.
func FuzzReadNPZ(f *testing.F) {
	f.Add([]byte{})
	f.Add(zeroBytesNPZ(f, 3))
	f.Add(zeroBytesNPZ(f, 10_000))
	var written bytes.Buffer
	w := zip.NewWriter(&written)
	for _, name := range []string{"a.npy", "b.weight.npy"} {
		member, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		ok(f, err)
		_, err = fmt.Fprint(member, "\x93NUMPY\x01\x00\x3a\x00{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2), }\nabcdefgh")
		ok(f, err)
	}
	ok(f, w.Close())
	f.Add(written.Bytes())
	fuzzRead(f, "w.npz", func(size int64) int64 { return 6 * untrusted.Unpacked(size) }) // integers pass through 8 bytes
}

func fuzzRead(f *testing.F, name string, most func(size int64) int64) {
	write, writeAgain := untrustedtest.File(f, name), untrustedtest.File(f, "again.safetensors")
	f.Fuzz(func(t *testing.T, content []byte) {
		path := write(t, content)
		var read weights.Tensors
		var err error
		untrustedtest.Allocates(t, besides+most(int64(len(content))), func() { read, err = weights.Read(path) })
		untrustedtest.Names(t, err, path)
		if err != nil {
			return
		}
		again := writeAgain(t, nil)
		ok(t, weights.Write(again, read))
		second, err := weights.Read(again)
		ok(t, err)
		if len(second) != len(read) {
			t.Fatalf("%d tensors became %d", len(read), len(second))
		}
		for name, tensor := range read {
			bits := func(x *tensors.Tensor) (bits []uint32) {
				for _, v := range tensors.MustCopyFlatData[float32](x) {
					bits = append(bits, math.Float32bits(v)) // NaN is not equal to itself.
				}
				return bits
			}
			if !slices.Equal(bits(tensor), bits(second[name])) {
				t.Errorf("%q changed", name)
			}
		}
	})
}
