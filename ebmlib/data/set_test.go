package data

import (
	"math"
	"testing"
)

func TestLenCountsExamples(t *testing.T) {
	for name, c := range map[string]struct {
		set  Set
		want int
	}{
		"images":      {Set{Shape: []int{3, 2, 2}, Bytes: make([]uint8, 24)}, 2},
		"points":      {Set{Shape: []int{2}, Floats: make([]float32, 10)}, 5},
		"empty":       {Set{Shape: []int{2}, Floats: []float32{}}, 0},
		"zero shape":  {Set{Shape: []int{0}, Floats: make([]float32, 10)}, 0},
		"no shape":    {Set{Floats: make([]float32, 10)}, 0},
		"huge shape":  {Set{Shape: []int{math.MaxInt, math.MaxInt}, Floats: make([]float32, 10)}, 0},
		"part of one": {Set{Shape: []int{2}, Floats: make([]float32, 5)}, 2},
	} {
		if got := c.set.Len(); got != c.want {
			t.Errorf("%s: Len is %d, want %d", name, got, c.want)
		}
	}
}

func TestCheckAcceptsSoundSets(t *testing.T) {
	for _, s := range []Set{
		{Name: "images", Shape: []int{1, 2, 2}, Bytes: make([]uint8, 8), Labels: []int32{0, 1}},
		{Name: "points", Shape: []int{3}, Floats: make([]float32, 6)},
		{Name: "labels without names", Shape: []int{1}, Floats: make([]float32, 2), Labels: []int32{300, 7}},
		{
			Name: "attributes", Shape: []int{1}, Floats: make([]float32, 2), Labels: []int32{2, 0}, Classes: []string{"a", "b", "c"},
			Attributes: []Attribute{{"size", []string{"small", "large"}, []int32{1, 0}}},
		},
	} {
		ok(t, s.Check())
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	for name, c := range map[string]struct {
		set   Set
		parts []string
	}{
		"nothing":      {Set{}, []string{"is empty"}},
		"no points":    {Set{Shape: []int{2}, Floats: []float32{}}, []string{"is empty"}},
		"both":         {Set{Shape: []int{2}, Floats: make([]float32, 2), Bytes: make([]uint8, 2)}, []string{"both Bytes and Floats"}},
		"image rank":   {Set{Shape: []int{2, 2}, Bytes: make([]uint8, 4)}, []string{"[2 2]", "[channels, height, width]"}},
		"point rank":   {Set{Shape: []int{1, 2}, Floats: make([]float32, 4)}, []string{"[1 2]", "[dims]"}},
		"part of one":  {Set{Shape: []int{2}, Floats: make([]float32, 5)}, []string{"5 values", "[2]"}},
		"no dimension": {Set{Shape: []int{1, 0, 2}, Bytes: make([]uint8, 4)}, []string{"4 values", "[1 0 2]"}},
		"few labels":   {Set{Shape: []int{2}, Floats: make([]float32, 4), Labels: []int32{1}}, []string{"1 labels", "2 examples"}},
		"no label":     {Set{Shape: []int{2}, Floats: make([]float32, 4), Labels: []int32{}}, []string{"0 labels", "2 examples"}},
		"label above": {Set{Shape: []int{1}, Floats: make([]float32, 2), Labels: []int32{1, 2}, Classes: []string{"a", "b"}},
			[]string{"label 2 at example 1", "2 classes"}},
		"label below": {Set{Shape: []int{1}, Floats: make([]float32, 2), Labels: []int32{-1, 0}, Classes: []string{"a", "b"}},
			[]string{"label -1 at example 0", "2 classes"}},
		"classes without labels": {Set{Shape: []int{1}, Floats: make([]float32, 2), Classes: []string{"a", "b"}}, []string{"2 classes but no labels"}},
		"few of an attribute": {Set{Shape: []int{1}, Floats: make([]float32, 2), Attributes: []Attribute{{"size", []string{"small"}, []int32{0}}}},
			[]string{`attribute "size"`, "1 labels", "2 examples"}},
		"attribute above": {Set{Shape: []int{1}, Floats: make([]float32, 2), Attributes: []Attribute{{"size", []string{"small"}, []int32{0, 1}}}},
			[]string{`attribute "size"`, "label 1 at example 1", "1 classes"}},
		"not a number":  {Set{Shape: []int{2}, Floats: []float32{0, 0, 0, nan, inf, 0}}, []string{"example 1", "NaN", "coordinate 1"}},
		"infinite":      {Set{Shape: []int{2}, Floats: []float32{0, 0, 0, 0, inf, 0}}, []string{"example 2", "-Inf", "coordinate 0"}},
		"negative size": {Set{Shape: []int{-2}, Floats: make([]float32, 4)}, []string{"[-2]"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.set.Name = "some set"
			expectError(t, c.set.Check(), append(c.parts, `"some set"`)...)
		})
	}
}
