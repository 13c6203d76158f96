package train

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"ebm/ebmlib/data"
)

const dataFile = "data.jsonl"

// dataNote is a line of data.jsonl: what the steps after that one are of, up to the next line's.
type dataNote struct {
	After   int      `json:"after"`
	Name    string   `json:"name"`
	Shape   []int    `json:"shape"` // of an example
	Classes []string `json:"classes,omitempty"`
}

// noteData records what the run is trained on from its step on, and says so if that is something else than before. It may be meant: no step is
// refused for it.
func (r *Run) noteData(info data.Info) error {
	path := filepath.Join(r.Dir, dataFile) // Older runs have none.
	there, err := readLines[dataNote](path, "restore the file, or remove it")
	if err != nil {
		return fmt.Errorf("what run %s was trained on: %w", r.Dir, err)
	}
	now := dataNote{r.step, info.Name, info.Shape, info.Classes}
	// Of what was begun at this step or a later one no step is left.
	all := slices.DeleteFunc(slices.Clone(there), func(t dataNote) bool { return t.After >= r.step })
	if len(all) == 0 {
		all = append(all, now)
	} else if other := all[len(all)-1].change(now, r.Config.Classes > 0); other != "" {
		fmt.Fprintf(os.Stderr, "run %s was trained on %s up to step %d, and goes on with %s\n", r.Dir, all[len(all)-1].Name, r.step, other)
		all = append(all, now)
	}
	if reflect.DeepEqual(all, there) {
		return nil
	}
	if err := writeLines(path, all); err != nil {
		return fmt.Errorf("what run %s is trained on can't be written: %w", r.Dir, err)
	}
	return nil
}

// change says what is other data than t, or nothing if it is the same. Names of classes count where the energy is conditioned on them.
func (t dataNote) change(now dataNote, conditional bool) string {
	if t.Name != now.Name {
		return now.Name
	}
	className := func(t dataNote, label int) string {
		if label < len(t.Classes) {
			return t.Classes[label]
		}
		return "no class"
	}
	for label := range max(len(t.Classes), len(now.Classes)) {
		if was, is := className(t, label), className(now, label); conditional && was != is {
			return fmt.Sprintf("other classes of it: label %d is %s, and was %s", label, is, was)
		}
	}
	return ""
}
