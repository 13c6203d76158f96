package data_test

import (
	"fmt"
	"log"
	"slices"
	"strings"
	"testing"

	"ebm/ebmlib/data"
)

func ExampleHalve() {
	set := &data.Set{Name: "one image", Shape: []int{1, 2, 4}, Bytes: []uint8{
		0, 10, 255, 255,
		20, 30, 255, 254,
	}}
	half, err := data.Halve(set)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(half.Name, half.Shape, half.Bytes)
	// Output: one image at half size [1 1 2] [15 255]
}

func TestHalvedColoursAndImagesStayApart(t *testing.T) {
	set := &data.Set{Name: "two", Shape: []int{2, 2, 2}, Labels: []int32{1, 0}, Classes: []string{"a", "b"}}
	for plane := range 4 {
		set.Bytes = append(set.Bytes, slices.Repeat([]uint8{uint8(10 * plane)}, 4)...)
	}
	half, err := data.Halve(set)
	if err != nil {
		t.Fatal(err)
	}
	if want := []uint8{0, 10, 20, 30}; !slices.Equal(half.Bytes, want) || half.Len() != 2 || !slices.Equal(half.Labels, set.Labels) {
		t.Errorf("halved: %v of labels %v; want %v of labels %v", half.Bytes, half.Labels, want, set.Labels)
	}
}

func TestWhatCantBeHalvedIsRefused(t *testing.T) {
	for _, set := range []*data.Set{
		{Name: "odd", Shape: []int{1, 3, 2}, Bytes: make([]uint8, 6)},
		{Name: "points", Shape: []int{2}, Floats: make([]float32, 4)},
	} {
		_, err := data.Halve(set)
		for _, part := range []string{set.Name, fmt.Sprint(set.Shape), "even height and width"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("the error %v of %s lacks %q", err, set.Name, part)
			}
		}
	}
}
