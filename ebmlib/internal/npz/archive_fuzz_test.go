package npz_test

import (
	"archive/zip"
	"testing"

	"ebm/ebmlib/internal/npz"
	"ebm/ebmlib/internal/untrusted"
	"ebm/ebmlib/internal/untrusted/untrustedtest"
)

// FuzzOpen: whatever the file, it is refused by name, or its arrays' values fill their shapes.
func FuzzOpen(f *testing.F) {
	f.Add([]byte{})
	f.Add(numpyFloats)
	f.Add(numpyFloats[:130])
	f.Add(npy(2, dictionary("|u1", "(1000000, 1000000)"), []byte{1}))
	f.Add(npy(1, dictionary("<u8", "(1,)"), []byte{1, 2, 3, 4, 5, 6, 7, 8}))
	f.Add(npy(1, dictionary("<f8", "()"), []byte{1, 2, 3, 4, 5, 6, 7, 8}))
	f.Add(npy(3, "{'descr': '|b1', 'fortran_order': True, 'shape': (0, 7), }", nil))
	f.Add(zipped(f, member{"a.npy", zip.Store, numpyFloats}, member{"b.npy", zip.Deflate, numpyFloats}))
	f.Add(tamper(zipped(f, member{"a.npy", zip.Deflate, numpyFloats}), entryUnpacked, size(140_000)...))
	write := untrustedtest.File(f, "x.npz")
	f.Fuzz(func(t *testing.T, content []byte) {
		path := write(t, content)
		archive, err := npz.Open(path)
		if err != nil {
			expectError(t, err, path)
			return
		}
		defer archive.Close()
		// At most 8 bytes for each that is unpacked, in two orders.
		untrustedtest.Allocates(t, 1<<20+20*untrusted.Unpacked(int64(len(content))), func() { readAll(t, archive, path) })
	})
}

// readAll reads all arrays as all types.
func readAll(t *testing.T, archive *npz.Archive, path string) {
	for _, name := range archive.Names() {
		a, err := archive.Array(name)
		if err != nil {
			expectError(t, err, path)
			continue
		}
		product := 1
		for _, n := range a.Shape {
			product *= n
		}
		if product != a.Len() {
			t.Errorf("shape %v has %d values", a.Shape, a.Len())
		}
		read := func(count int, err error) {
			if err == nil && count != a.Len() {
				t.Errorf("%d values of shape %v", count, a.Shape)
			}
			if err != nil {
				expectError(t, err, path)
			}
		}
		floats, err := a.Float32()
		read(len(floats), err)
		bytes, err := a.Uint8()
		read(len(bytes), err)
		ints, err := a.Int64()
		read(len(ints), err)
		if a.Stored && len(a.Shape) > 0 && a.Shape[0] > 0 {
			read(a.Len(), a.Rows(a.Shape[0]-1, 1, make([]byte, a.RowBytes())))
		}
	}
}
