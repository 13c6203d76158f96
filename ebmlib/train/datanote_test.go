package train

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebm/ebmlib/data"
)

func TestOtherDataIsTold(t *testing.T) {
	gaussians := eightGaussians()
	moons := data.Points(data.Moons(), 30, 1)
	pictures, exchanged, renamed := colourPictures(), colourPictures(), colourPictures()
	exchanged.Classes = []string{"a", "c", "b"}
	renamed.Name = "other pictures"
	unconditional := tinyImages()
	method := tinyMethod()
	for name, test := range map[string]struct {
		config Config
		sets   []*data.Set // each for a step more
		told   []string    // after "run ... was trained on"
	}{
		"the same":   {tinyPoints(), []*data.Set{gaussians, gaussians}, []string{"", ""}},
		"other data": {tinyPoints(), []*data.Set{moons, gaussians, gaussians, moons}, []string{"", "moons up to step 1, and goes on with eight-gaussians", "", "eight-gaussians up to step 3, and goes on with moons"}},
		"other classes": {method, []*data.Set{pictures, exchanged, renamed}, []string{"",
			"colour pictures up to step 1, and goes on with other classes of it: label 1 is c, and was b",
			"colour pictures up to step 2, and goes on with other pictures"}},
		"classes that don't matter": {unconditional, []*data.Set{pictures, exchanged}, []string{"", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for i, set := range test.sets {
				said := stderrOf(t, func() { trained(t, dir, test.config, set, i+1) })
				_, told, _ := strings.Cut(said, "run "+dir+" was trained on ")
				if told, _, _ = strings.Cut(told, "\n"); told != test.told[i] {
					t.Errorf("set %d: standard error says %q, want %q", i+1, told, test.told[i])
				}
			}
		})
	}
}

// What was begun and left no step doesn't count.
func TestDataOfNoStepIsForgotten(t *testing.T) {
	dir, config, moons := t.TempDir(), tinyPoints(), data.Points(data.Moons(), 30, 1)
	run := trained(t, dir, config, eightGaussians(), 2)
	before := readFile(t, dir, dataFile)
	if err := run.noteData(moons.Info()); err != nil { // as a training does that is killed before it saves
		t.Fatal(err)
	}
	said := stderrOf(t, func() { trained(t, dir, config, eightGaussians(), 3) })
	if strings.Contains(said, "moons") {
		t.Errorf("standard error says %q", said)
	}
	if after := readFile(t, dir, dataFile); string(after) != string(before) {
		t.Errorf("%s is %q, want %q", dataFile, after, before)
	}
}

func TestRunWithoutARecordOfItsData(t *testing.T) {
	dir := t.TempDir()
	trained(t, dir, tinyPoints(), eightGaussians(), 1)
	path := filepath.Join(dir, dataFile)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	said := stderrOf(t, func() { trained(t, dir, tinyPoints(), data.Points(data.Moons(), 30, 1), 2) })
	if strings.Contains(said, "was trained on") {
		t.Errorf("standard error says %q", said)
	}
	writeFile(t, "nothing\n", path)
	requireError(t, mustOpen(t, dir, tinyPoints()).Train(eightGaussians(), 3), path, "line 1", "restore", "remove")
}
