package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ebm/ebmlib/data"
)

// readWithin is how long data sets are read. Those of the largest compressed files take longer.
const readWithin = 20 * time.Second

// sets are the data sets in the data directory.
type sets struct {
	directory string
	err       error // of the directory
	all       []data.Found
	cut       bool // the time was over before all were read
}

func findSets(ctx context.Context, directory string) sets {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	var s sets
	if s.directory, s.err = data.Dir(directory); s.err != nil {
		return s
	}
	read := make(chan data.Found)
	go func() { // Nothing ends one who reads a file; he is left behind.
		defer close(read)
		for found := range data.Survey(s.directory) {
			select {
			case read <- found:
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case found, more := <-read:
			if !more {
				return s
			}
			s.all = append(s.all, found)
		case <-ctx.Done():
			s.cut = true
			return s
		}
	}
}

// describe says which there are. Those that are missing are named together: nobody needs them all.
func (s sets) describe() (Section, []string) {
	section := Section{Title: "data"}
	if s.err != nil {
		section.add("directory", "%v", s.err)
		return section, []string{"name a data directory by EBM_DATA or --data"}
	}
	section.add("directory", "%s", s.directory)
	var missing, advice []string
	readable := 0
	for _, found := range s.all {
		switch {
		case found.Missing:
			missing = append(missing, found.Name)
		case found.Err != nil:
			section.add(found.Name, "can't be read: %v", found.Err)
			advice = append(advice, fmt.Sprintf("the data set %s is damaged or not whole: the data section says what to do", found.Name))
		default:
			readable++
			section.add(found.Name, "%s: %d examples of shape %v", found.Info.Name, found.Info.Examples, found.Info.Shape)
		}
	}
	if s.cut {
		section.add("", "after %v the rest was not looked at: its files take long to be read", readWithin)
	}
	if len(missing) > 0 {
		section.add("missing", "%s", strings.Join(missing, ", "))
	}
	if readable == 0 && !s.cut {
		advice = append(advice, "`make setup` fetches MNIST, or writes the small 8x8 digits, into the data directory")
	}
	return section, advice
}
