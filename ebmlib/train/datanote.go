package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"ebm/ebmlib/data"
	"ebm/ebmlib/internal/untrusted"
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
	there, err := readDataNotes(r.Dir)
	if err != nil {
		return err
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
	return writeDataNotes(r.Dir, all)
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

func readDataNotes(dir string) ([]dataNote, error) {
	path := filepath.Join(dir, dataFile)
	text, err := untrusted.ReadFile(path, maxNote)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // Older runs have none, nor have those that were never trained.
	}
	if err != nil {
		return nil, fmt.Errorf("what run %s was trained on: %w", dir, err)
	}
	var all []dataNote
	for i, line := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		var t dataNote
		if err := json.Unmarshal(line, &t); err != nil {
			return nil, fmt.Errorf("what run %s was trained on: %s: line %d can't be read: %w; restore the file, or remove it", dir, path, i+1, err)
		}
		all = append(all, t)
	}
	return all, nil
}

// writeDataNotes replaces the file whole.
func writeDataNotes(dir string, all []dataNote) error {
	var text bytes.Buffer
	for _, t := range all {
		line, err := json.Marshal(t)
		if err != nil {
			return err
		}
		text.Write(append(line, '\n'))
	}
	if err := replaceFile(filepath.Join(dir, dataFile), text.Bytes()); err != nil {
		return fmt.Errorf("what run %s is trained on can't be written: %w", dir, err)
	}
	return nil
}
