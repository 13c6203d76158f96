package data

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestForeignImages(t *testing.T) {
	shape := []int{3, 8, 8}
	of := UniformNoise(50, shape, 1)
	interpolations, err := Interpolations(of, 40, 5)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		set       *Set
		n         int
		deviation float64 // of its values
	}{
		{of, 50, 255 / math.Sqrt(12)},
		{Constants(400, shape, 2), 400, 255 / math.Sqrt(12)},
		{interpolations, 40, 255 / math.Sqrt(24)}, // Two independent values vary half as much in the mean.
	} {
		if err := test.set.Check(); err != nil || test.set.Len() != test.n || !slices.Equal(test.set.Shape, shape) {
			t.Fatalf("%s: %d of shape %v (%v), want %d of %v", test.set.Name, test.set.Len(), test.set.Shape, err, test.n, shape)
		}
		var sum, squares float64
		for _, value := range test.set.Bytes {
			sum, squares = sum+float64(value), squares+float64(value)*float64(value)
		}
		n := float64(len(test.set.Bytes))
		deviation := math.Sqrt(squares/n - sum/n*sum/n)
		if math.Abs(deviation-test.deviation) > 5 || math.Abs(sum/n-127.5) > 8 {
			t.Errorf("%s: values %.1f ± %.1f, want 127.5 ± %.1f", test.set.Name, sum/n, deviation, test.deviation)
		}
	}
	constants := Constants(5, shape, 3)
	for i := range 5 * 3 {
		plane := constants.Bytes[i*64 : (i+1)*64]
		if slices.Min(plane) != slices.Max(plane) {
			t.Errorf("channel %d of a constant image has values from %d to %d", i, slices.Min(plane), slices.Max(plane))
		}
	}
	if slices.Equal(UniformNoise(5, shape, 1).Bytes, UniformNoise(5, shape, 2).Bytes) {
		t.Error("noise is the same with another seed")
	}
}

// Of two images there is one interpolation, whichever is drawn first.
func TestInterpolationsOfTwo(t *testing.T) {
	two := &Set{Name: "two", Shape: []int{1, 1, 2}, Bytes: []uint8{0, 255, 101, 5}}
	got, err := Interpolations(two, 3, 1)
	if err != nil || !slices.Equal(got.Bytes, []uint8{50, 130, 50, 130, 50, 130}) {
		t.Errorf("%v (%v), want 50 and 130 three times", got, err)
	}
	_, err = Interpolations(&Set{Name: "one", Shape: []int{1, 1, 1}, Bytes: []uint8{1}}, 3, 1)
	if err == nil || !strings.Contains(err.Error(), "one has 1") {
		t.Errorf("error %v, want one that names the set", err)
	}
}
