package data

import (
	"fmt"
	"slices"
	"strings"
)

// Source is a data set whose examples are read when they are needed, so that it may be larger than memory. A [Set] is one
// that is all there.
type Source interface {
	Info() Info
	// Read brings the examples of these rows, 0 to Info().Examples-1, in this order, into memory. The same rows give the same
	// examples. Another row is an error, and so is an example that cannot be read. It may be called by several goroutines at once:
	// training reads ahead in one of its own.
	Read(rows []int) (*Set, error)
}

// Info is what a source tells of its examples before any is read.
type Info struct {
	Name     string
	Shape    []int    // of one example: [channels, height, width] for images, [dims] for points
	Images   bool     // whether examples are bytes (images) or coordinates (points)
	Examples int      // how many
	Classes  []string // names of the classes that labels count, from 0; nil if examples have no labels
}

// rowsErr returns an error if one of the rows is none of the source's.
func (i Info) rowsErr(rows []int) error {
	for _, row := range rows {
		if row < 0 || row >= i.Examples {
			return fmt.Errorf("%s: example %d was asked for, and it has those from 0 to %d", i.Name, row, i.Examples-1)
		}
	}
	return nil
}

// Info describes the set.
func (s *Set) Info() Info {
	return Info{Name: s.Name, Shape: s.Shape, Images: s.Bytes != nil, Examples: s.Len(), Classes: s.Classes}
}

// Read copies the examples of these rows, with their labels and attributes. A set whose counts do not agree, as [Set.Check]
// describes, is an error.
func (s *Set) Read(rows []int) (*Set, error) {
	if err := s.checkCounts(); err != nil {
		return nil, fmt.Errorf("data set %q: %w", s.Name, err)
	}
	if err := s.Info().rowsErr(rows); err != nil {
		return nil, err
	}
	size := (len(s.Bytes) + len(s.Floats)) / s.Len()
	out := s.pickLabels(rows)
	out.Bytes, out.Floats = pick(s.Bytes, size, rows), pick(s.Floats, size, rows)
	return out, nil
}

// pickLabels copies all but the values of these rows.
func (s *Set) pickLabels(rows []int) *Set {
	out := &Set{Name: s.Name, Shape: s.Shape, Classes: s.Classes, Labels: pick(s.Labels, 1, rows)}
	for _, a := range s.Attributes {
		a.Labels = pick(a.Labels, 1, rows)
		out.Attributes = append(out.Attributes, a)
	}
	return out
}

// pick copies the rows, of so many values each; nil stays nil.
func pick[T any](values []T, size int, rows []int) []T {
	if values == nil {
		return nil
	}
	picked := make([]T, 0, len(rows)*size)
	for _, row := range rows {
		picked = append(picked, values[row*size:(row+1)*size]...)
	}
	return picked
}

// Load brings a whole source into memory. A [Set] is there already and is returned itself.
func Load(source Source) (*Set, error) {
	if set, ok := source.(*Set); ok {
		return set, nil
	}
	rows := make([]int, source.Info().Examples)
	for i := range rows {
		rows[i] = i
	}
	return source.Read(rows)
}

// By is the set labelled by one of its attributes instead, whose values then are the classes; examples are shared, not copied.
// With it a conditional energy learns any single attribute of a set that has several. A name that none of the attributes has
// is an error that lists them.
func (s *Set) By(attribute string) (*Set, error) {
	i := slices.IndexFunc(s.Attributes, func(a Attribute) bool { return a.Name == attribute })
	if i < 0 {
		var names []string
		for _, a := range s.Attributes {
			names = append(names, a.Name)
		}
		return nil, fmt.Errorf("%s has no attribute %q: it has %s", s.Name, attribute, orNone(strings.Join(names, ", ")))
	}
	labelled := *s
	labelled.Labels, labelled.Classes = s.Attributes[i].Labels, s.Attributes[i].Classes
	return &labelled, nil
}

// orNone is the list, or the word for one with nothing in it.
func orNone(list string) string {
	if list == "" {
		return "none"
	}
	return list
}
