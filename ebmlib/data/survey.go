package data

import (
	"errors"
	"iter"
	"maps"
	"slices"
)

// Found is what [Survey] found of a data set.
type Found struct {
	Name    string // that [ByName] takes
	Missing bool   // its files are not in the data directory
	Info    Info   // of its split "train", if it could be opened
	Err     error  // why it couldn't, nil unless its files are there
}

// Survey opens, one after the other, the data sets that [ByName] knows and that are read from files of the data directory dir (see [Dir]),
// which must be there. It downloads nothing. It takes as long as their files take to be read: seconds for most, a minute for the largest
// compressed ones.
func Survey(dir string) iter.Seq[Found] {
	return func(yield func(Found) bool) {
		sets := namedSets()
		for _, name := range slices.Sorted(maps.Keys(sets)) {
			if !sets[name].drawn && !yield(survey(name, dir)) {
				return
			}
		}
	}
}

func survey(name, dir string) Found {
	found := Found{Name: name}
	if name == "mnist" && !hasMNIST(dir, "train") { // It would be downloaded.
		found.Missing = true
		return found
	}
	source, err := ByName(name, dir, "train")
	var m missing
	if found.Missing = errors.As(err, &m); found.Missing || err != nil {
		if !found.Missing {
			found.Err = err
		}
		return found
	}
	found.Info = source.Info()
	return found
}
