// Package untrustedtest has what the fuzz tests of readers share.
package untrustedtest

import (
	"math"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strings"
	"testing"
)

// Allocates fails the test if read sets aside more than so many bytes in all, freed or not. Go counts for the whole process, and small objects
// late, when it collects garbage; so read, which does the same each time, is tried again where that was much, and has failed if it always was.
func Allocates(t testing.TB, most int64, read func()) {
	t.Helper()
	least := uint64(math.MaxUint64)
	for try := 0; try < tries && least > uint64(most); try++ {
		before := allocated()
		read()
		least = min(least, allocated()-before)
	}
	if least > uint64(most) {
		t.Errorf("%d bytes were set aside, and %d are allowed", least, most)
	}
}

const tries = 3

func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// File writes the content to a file of the name in a folder of the fuzz target, over what was there: a folder for each input would
// take more time than to read the file.
func File(f *testing.F, name string) func(t *testing.T, content []byte) (path string) {
	path := filepath.Join(f.TempDir(), name)
	return func(t *testing.T, content []byte) string {
		t.Helper()
		if err := os.WriteFile(path, content, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
}

// Names fails the test if there is an error that lacks the name of the file.
func Names(t *testing.T, err error, path string) {
	t.Helper()
	if err != nil && !strings.Contains(err.Error(), path) {
		t.Errorf("error %q doesn't name %s", err, path)
	}
}
