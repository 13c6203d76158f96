// Package npz reads and writes NumPy's files: .npz archives of named arrays, and .npy files of one array.
//
//	archive, err := npz.Open("weights.npz")
//	defer archive.Close()
//	for _, name := range archive.Names() {
//		array, err := archive.Array(name)
//		values, err := array.Float32() // row-major, array.Shape
//	}
//
// A file is not believed: what an array's header claims is held against the bytes that the file has for it before any
// memory is set aside, and what an archive's arrays unpack to against the archive's size. An array larger than memory is read
// in pieces: [Array.Rows] if it is not compressed, in any order; [Array.Open] from its start to its end.
package npz
