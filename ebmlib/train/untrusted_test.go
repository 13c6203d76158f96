package train

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestCheckCheckpointNamesWhatIsWrong(t *testing.T) {
	four := make([]byte, 4)
	sound := savedHeader("var:/energy/w", "Float32", "[1]", 0, 4)
	two := strings.Replace(sound, "}]", `},{"ParameterName":"var:/energy/w","Dimensions":[1],"DType":"Float32","Pos":4,"Length":4}]`, 1)
	for name, c := range map[string]struct {
		header string
		values []byte
		parts  []string
	}{
		"no JSON":          {"weights", four, []string{".json", "invalid character"}},
		"nested":           {strings.Repeat("[", 1000) + strings.Repeat("]", 1000), four, []string{".json", "nested deeper than 64"}},
		"other parameters": {strings.Replace(sound, "null", `{"Scope":7}`, 1), four, []string{".json", "Params"}},
		"null":             {"null", four, []string{".json", "no variables"}},
		"unknown type":     {savedHeader("var:/w", "Float31", "[1]", 0, 4), four, []string{".json", "Float31"}},
		"packed type":      {savedHeader("var:/w", "Int4", "[8]", 0, 4), four, []string{`"var:/w"`, "Int4"}},
		"bool":             {savedHeader("var:/w", "Bool", "[4]", 0, 4), four, []string{`"var:/w"`, "Bool"}},
		"below 0":          {savedHeader("var:/w", "Float32", "[-1,-1]", 0, 4), four, []string{"[-1 -1]", "can't be"}},
		"overflow":         {savedHeader("var:/w", "Float32", "[4294967296,4294967296]", 0, 0), four, []string{"can't be"}},
		"10^18 values":     {savedHeader("var:/w", "Uint8", "[1000000000,1000000000]", 0, 1e18), four, []string{`"var:/w"`, "within the 4"}},
		"another length":   {savedHeader("var:/w", "Float32", "[2]", 0, 4), four, []string{"has 4 bytes", "takes 8"}},
		"elsewhere":        {savedHeader("var:/w", "Float32", "[1]", 4, 4), four, []string{"from 4 on", "follow"}},
		"left over":        {sound, make([]byte, 5), []string{"variables of 4 bytes", "has 5"}},
		"cut short":        {sound, four[:3], []string{"within the 3"}},
		"no prefix":        {savedHeader("/w", "Float32", "[1]", 0, 4), four, []string{`"/w"`, "no name such as"}},
		"no path":          {savedHeader("var:w", "Float32", "[1]", 0, 4), four, []string{`"var:w"`, "no name such as"}},
		"path upwards":     {savedHeader("var:/energy/../w", "Float32", "[1]", 0, 4), four, []string{"no name such as"}},
		"twice":            {two, make([]byte, 8), []string{`"var:/energy/w"`, "twice"}},
		"compressed":       {sound, []byte(compressedMark + "\x04gzip"), []string{".bin", "compressed"}},
		"something behind": {sound + "{}", four, []string{".json", "invalid character"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := savedCheckpoint(t, c.header, c.values)
			requireError(t, checkCheckpoint(dir), append(c.parts, dir)...)
		})
	}
}

// savedCheckpoint is the directory of a checkpoint of these two files.
func savedCheckpoint(t *testing.T, header string, values []byte) string {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, header, dir, "checkpoint-n0000000-initial.json")
	writeFile(t, string(values), dir, "checkpoint-n0000000-initial.bin")
	return dir
}

func TestCheckCheckpointKeepsToItsDirectory(t *testing.T) {
	sound := savedHeader("var:/energy/w", "Float32", "[1]", 0, 4)
	dir := savedCheckpoint(t, sound, make([]byte, 4))
	writeFile(t, "sums", dir, "SHA256SUMS")
	if err := checkCheckpoint(dir); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	symlink(t, dir, link)
	requireError(t, checkCheckpoint(link), link, "link")

	writeFile(t, sound, dir, "checkpoint-n0000001-initial.json")
	requireError(t, checkCheckpoint(dir), dir, "2 files")

	outside := savedCheckpoint(t, sound, make([]byte, 4))
	for _, ending := range []string{".json", ".bin"} {
		dir := savedCheckpoint(t, sound, make([]byte, 4))
		path := filepath.Join(dir, "checkpoint-n0000000-initial"+ending)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		requireError(t, checkCheckpoint(dir), dir)
		symlink(t, filepath.Join(outside, filepath.Base(path)), path)
		requireError(t, checkCheckpoint(dir), path, "link")
	}
}

// A pipe has no end to wait for.
func TestChecksumsInAPipe(t *testing.T) {
	dir := t.TempDir()
	trained(t, dir, tinyPoints(), eightGaussians(), 1)
	path := filepath.Join(checkpointPath(dir, 1), sumsFile)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Skip(err)
	}
	opened := make(chan error, 1)
	go func() {
		_, err := Load(dir)
		opened <- err
	}()
	select {
	case err := <-opened:
		requireError(t, err, path, "device")
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for the pipe")
	}
}

func symlink(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}
