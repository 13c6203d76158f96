package features_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/features"
	"ebm/ebmlib/internal/machine"
)

// files are the contents of a directory by name.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	contents := make(map[string]string)
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		contents[entry.Name()] = string(content)
	}
	return contents
}

// A classifier that nobody has a use for leaves less behind than the 7 MB that the engine keeps for it: what stays is in the gaps of its allocator.
func TestMemoryOfClassifiersThatAreDropped(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "stripes")
	if err := trained(t).Save(dir); err != nil {
		t.Fatal(err)
	}
	t.Setenv(backends.Variable, "onnx") // Whose memory Go does not collect by itself.
	if _, err := backends.Open(); err != nil {
		t.Skip(err)
	}
	x := examples(t, stripes(100, 2), 100)
	after := func(classifiers int) int64 {
		for range classifiers {
			classifier, err := features.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			featuresOf(t, classifier, x)
			runtime.GC() // After which those before are cleaned up.
		}
		return machine.Peak()
	}
	before := after(10)
	const more = 20
	each := float64(after(more)-before) / more / 1e6
	t.Logf("%d more took %.1f MB each", more, each)
	if each > 5 {
		t.Errorf("%d classifiers that were dropped left %.1f MB each", more, each)
	}
}

// What is damaged is told by its name.
func TestLoadErrors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "stripes")
	if err := trained(t).Save(dir); err != nil {
		t.Fatal(err)
	}
	whole := files(t, dir)
	for name, test := range map[string]struct {
		file    string
		replace []string // in the file, by the next
		words   []string
	}{
		"no JSON":        {"classifier.json", []string{"{", "["}, []string{"classifier.json"}},
		"a huge shape":   {"classifier.json", []string{"8,", "1000000000,"}, []string{"classifier.json", "1000000000"}},
		"a small shape":  {"classifier.json", []string{"8,", "4,"}, []string{"[1 4 8]", "at least 8"}},
		"one class":      {"classifier.json", []string{`"across",`, ""}, []string{"1 classes"}},
		"three classes":  {"classifier.json", []string{`"across",`, `"across", "askew",`}, []string{"classes.weight"}},
		"no accuracy":    {"classifier.json", []string{`"accuracy": `, `"accuracy": 7`}, []string{"the accuracy is 7"}},
		"another weight": {"weights.safetensors", []string{"conv1.bias", "conv4.bias"}, []string{"conv1.bias"}},
	} {
		t.Run(name, func(t *testing.T) {
			damaged := t.TempDir()
			for file, content := range whole {
				if file == test.file {
					content = strings.Replace(content, test.replace[0], test.replace[1], 1)
				}
				if err := os.WriteFile(filepath.Join(damaged, file), []byte(content), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			_, err := features.Load(damaged)
			expectError(t, err, append(test.words, damaged, "train another")...)
		})
	}
	if err := os.Remove(filepath.Join(dir, "weights.safetensors")); err != nil {
		t.Fatal(err)
	}
	_, err := features.Load(dir)
	expectError(t, err, "weights.safetensors", "no such file")
	_, err = features.Load(filepath.Join(dir, "nowhere"))
	expectError(t, err, "nowhere", "no such file")
}
