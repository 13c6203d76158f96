package data

import (
	"errors"
	"fmt"
	"math"
)

// Set is a data set held in memory: exactly one of Bytes (images) and Floats (points) is non-nil.
// Examples lie one after another, each row-major in Shape.
type Set struct {
	Name   string
	Shape  []int     // of one example: [channels, height, width] for images, [dims] for points
	Bytes  []uint8   // images: Len x channels x height x width intensities, 0 (black) to 255 (white)
	Floats []float32 // points: Len x dims coordinates
	Labels []int32   // class of each example, nil if there are none

	Classes    []string    // names of the classes, which Labels count from 0; nil if there are no labels
	Attributes []Attribute // further labellings of the same examples, for sets that have them: see [Set.By]
}

// Attribute is one of several labellings of the same examples, such as the shape or the colour of a rendered object.
type Attribute struct {
	Name    string
	Classes []string // names of its values
	Labels  []int32  // the value of each example
}

// Len is the number of whole examples; 0 if Shape has a dimension below 1.
func (s *Set) Len() int {
	values := len(s.Bytes) + len(s.Floats)
	size := volume(s.Shape, values)
	if size == 0 {
		return 0
	}
	return values / size
}

// Check returns an error that names the set and the first thing wrong with it: no values or both kinds of them, a Shape that
// does not fit the kind or the number of values, a number of labels other than Len, a label that Classes has no name for,
// names of classes without labels, the same of an attribute, or a coordinate that is not finite.
func (s *Set) Check() error {
	if err := s.check(); err != nil {
		return fmt.Errorf("data set %q: %w", s.Name, err)
	}
	return nil
}

func (s *Set) check() error {
	if err := s.checkCounts(); err != nil {
		return err
	}
	if s.Classes != nil {
		if err := checkRange(s.Labels, s.Classes); err != nil {
			return err
		}
	}
	for _, a := range s.Attributes {
		if err := checkRange(a.Labels, a.Classes); err != nil {
			return fmt.Errorf("attribute %q %w", a.Name, err)
		}
	}
	size := len(s.Floats) / max(s.Len(), 1)
	for i, v := range s.Floats {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("example %d has the value %v at coordinate %d: remove the example or mend its value", i/size, v, i%size)
		}
	}
	return nil
}

// checkCounts checks what takes no look at each example: that there are whole examples, and a label for each.
func (s *Set) checkCounts() error {
	if s.Bytes != nil && s.Floats != nil {
		return errors.New("has both Bytes and Floats: set Bytes for images or Floats for points, and leave the other nil")
	}
	values, rank, form := len(s.Floats), 1, "points need [dims]"
	if s.Bytes != nil {
		values, rank, form = len(s.Bytes), 3, "images need [channels, height, width]"
	}
	if values == 0 {
		return errors.New("is empty: at least one example is needed")
	}
	if len(s.Shape) != rank {
		return fmt.Errorf("has Shape %v: %s", s.Shape, form)
	}
	if size := volume(s.Shape, values); size == 0 || values%size != 0 {
		return fmt.Errorf("has %d values, which is no whole number of examples of Shape %v", values, s.Shape)
	}
	if s.Labels != nil && len(s.Labels) != s.Len() {
		return fmt.Errorf("has %d labels for %d examples: give one label an example, or none", len(s.Labels), s.Len())
	}
	if s.Labels == nil && s.Classes != nil {
		return fmt.Errorf("has names of %d classes but no labels: give Labels too, or leave Classes nil", len(s.Classes))
	}
	for _, a := range s.Attributes {
		if len(a.Labels) != s.Len() {
			return fmt.Errorf("attribute %q has %d labels for %d examples: give one label an example", a.Name, len(a.Labels), s.Len())
		}
	}
	return nil
}

// checkRange checks that each label has a name in classes.
func checkRange(labels []int32, classes []string) error {
	for i, label := range labels {
		if label < 0 || int(label) >= len(classes) {
			return fmt.Errorf("has label %d at example %d, and names of %d classes, counted from 0: mend the label or name its class",
				label, i, len(classes))
		}
	}
	return nil
}

// volume is the product of dims, or 0 if there are none, one is below 1, or the product is above most (so it cannot overflow).
func volume(dims []int, most int) int {
	if len(dims) == 0 {
		return 0
	}
	product := 1
	for _, d := range dims {
		if d < 1 || product > most/d {
			return 0
		}
		product *= d
	}
	return product
}
