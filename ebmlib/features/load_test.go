package features_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebm/ebmlib/features"
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
