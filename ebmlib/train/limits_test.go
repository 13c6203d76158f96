package train

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"ebm/ebmlib/models"
)

// TestCheckpointOfAnotherRun has a replay buffer with fewer rows than the configuration reads.
func TestCheckpointOfAnotherRun(t *testing.T) {
	dir, config := t.TempDir(), tinyPoints()
	trained(t, dir, config, eightGaussians(), 1)
	path := filepath.Join(dir, "config.json")
	text := readFile(t, path)
	writeFile(t, string(bytes.Replace(text, []byte(`"capacity": 20`), []byte(`"capacity": 21`), 1)), path)
	_, err := Load(dir)
	requireError(t, err, dir, "/replay", "[28, 2]", "[29, 2]", "another run's")
}

func TestConfigurationThatAsksForMuch(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		words    []string
	}{
		"no number": {`"type": "models.MLP",`, `"type": "models.Levels",`, []string{"models.Levels", "Hidden"}},
		"width":     {"        16\n", "        99999999\n", []string{"Hidden is 99999999", "up to 65536"}},
		"steps":     {`"steps": 3`, `"steps": 2000000000`, []string{"Steps is 2000000000", "up to 65536"}},
		"replay":    {`"capacity": 20`, `"capacity": 1000000000000`, []string{"Capacity is 1000000000000"}},
		"example":   {`"classes": 0`, `"classes": 0, "example": [9000, 9000]`, []string{"config.json", "[9000 9000]"}},
		"ensembles": {"{", ensembles(100)[:len(ensembles(100))-1] + ",", []string{"config.json", "nested deeper than 64"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			mustOpen(t, dir, tinyPoints())
			text := string(readFile(t, dir, "config.json"))
			changed := strings.Replace(text, c.from, c.to, 1)
			if changed == text {
				t.Fatalf("no %q in %s", c.from, text)
			}
			writeFile(t, changed, dir, "config.json")
			_, err := Load(dir)
			requireError(t, err, append(c.words, dir)...)
		})
	}
}

// Networks of networks are bounded by how many there are in all.
func TestConfigurationOfManyNetworks(t *testing.T) {
	load := func(members int) (dir string, err error) {
		dir = t.TempDir()
		config := tinyPoints()
		config.Model = models.Ensemble{Members: 16, Member: models.MultiScale{Scales: 8, Network: models.Ensemble{Members: members, Member: config.Model}}}
		mustOpen(t, dir, config)
		_, err = Load(dir)
		return dir, err
	}
	if _, err := load(2); err != nil {
		t.Errorf("256 networks: %v", err)
	}
	dir, err := load(3)
	requireError(t, err, dir, "384 networks", "up to 256")
}
