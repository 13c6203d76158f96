package weights_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"ebm/ebmlib/internal/untrusted"
	"ebm/ebmlib/internal/untrusted/untrustedtest"
	"ebm/ebmlib/weights"
)

// besides is what a reader may set aside whatever the file: buffers, and the decompressor's.
const besides = 1 << 20

// FuzzReadSafetensors: see fuzzRead.
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

// FuzzReadNPZ: see fuzzRead.
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

// fuzzRead: whatever the file, it is refused by name, or it has no more values than its bytes can unpack to.
func fuzzRead(f *testing.F, name string, most func(size int64) int64) {
	write := untrustedtest.File(f, name)
	f.Fuzz(func(t *testing.T, content []byte) {
		path := write(t, content)
		size := int64(len(content))
		untrustedtest.Allocates(t, besides+most(size), func() {
			read, err := weights.Read(path)
			untrustedtest.Names(t, err, path)
			var values int64
			for name, tensor := range read {
				values += int64(tensor.Shape().Size())
				if tensor.DType() != dtypes.Float32 || name == "__metadata__" {
					t.Errorf("tensor %q of type %s", name, tensor.DType())
				}
			}
			if 2*values > untrusted.Unpacked(size) {
				t.Errorf("%d values of %d bytes", values, size)
			}
		})
	})
}
