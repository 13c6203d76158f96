package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// readShapes reads the first n examples.
func readShapes(t *testing.T, s Shapes, n int) *Set {
	t.Helper()
	s.Examples = n
	set, err := Load(s)
	ok(t, err)
	ok(t, set.Check())
	return set
}

// value is the name of an example's value of an attribute.
func value(set *Set, attribute string, example int) string {
	i := slices.IndexFunc(set.Attributes, func(a Attribute) bool { return a.Name == attribute })
	a := set.Attributes[i]
	return a.Classes[a.Labels[example]]
}

// moments are the area of an image's shape and its centroid, in pixels.
type moments struct{ area, x, y float64 }

// measure takes every pixel for the shape's that has not the colour of the corner.
func measure(set *Set, example int) moments {
	side := set.Shape[1]
	planes := set.Bytes[example*3*side*side : (example+1)*3*side*side]
	var m moments
	for i := range side * side {
		covered := 0.0
		for c := range 3 {
			if plane := planes[c*side*side:]; plane[i] != plane[0] {
				covered = 1
			}
		}
		m.area += covered
		m.x += covered * (float64(i%side) + 0.5)
		m.y += covered * (float64(i/side) + 0.5)
	}
	m.x /= m.area
	m.y /= m.area
	return m
}

func TestShapesAreAFunctionOfSeedAndRow(t *testing.T) {
	s := Shapes{Size: 16, Examples: 1000, Seed: 7}
	all, err := Load(s)
	ok(t, err)
	rows := []int{999, 3, 500, 3}
	some, err := s.Read(rows)
	ok(t, err)
	want, err := all.Read(rows)
	ok(t, err)
	if !slices.Equal(some.Bytes, want.Bytes) {
		t.Error("the same rows, read alone and with all, are not the same")
	}
	for i, a := range some.Attributes {
		if !slices.Equal(a.Labels, want.Attributes[i].Labels) {
			t.Errorf("%s of the same rows is %v and %v", a.Name, a.Labels, want.Attributes[i].Labels)
		}
	}
	s.Examples = 10 // how many there are changes none of them
	ten, err := Load(s)
	ok(t, err)
	if !slices.Equal(ten.Bytes, all.Bytes[:len(ten.Bytes)]) {
		t.Error("the first examples depend on how many there are")
	}
	s.Seed = 8
	other, err := Load(s)
	ok(t, err)
	if slices.Equal(ten.Bytes, other.Bytes) {
		t.Error("another seed gives the same examples")
	}
}

func TestShapesAttributesAreUniformAndIndependent(t *testing.T) {
	const n = 20_000
	set := readShapes(t, Shapes{Size: 16, Seed: 1}, n)
	for i, a := range set.Attributes {
		for j, b := range set.Attributes[:i+1] {
			counts := map[[2]int32]int{}
			for k := range n {
				counts[[2]int32{a.Labels[k], b.Labels[k]}]++
			}
			cells := len(a.Classes) * len(b.Classes)
			if i == j {
				cells = len(a.Classes)
			}
			if len(counts) != cells {
				t.Errorf("%s and %s: %d combinations of %d occur", a.Name, b.Name, len(counts), cells)
			}
			mean := float64(n) / float64(cells)
			for cell, count := range counts {
				if math.Abs(float64(count)-mean) > 5*math.Sqrt(mean) {
					t.Errorf("%s %s with %s %s: %d examples, want %.0f", a.Name, a.Classes[cell[0]], b.Name, b.Classes[cell[1]], count, mean)
				}
			}
		}
	}
}

func TestShapesLieWhereTheirAttributesSay(t *testing.T) {
	const side = 64
	set := readShapes(t, Shapes{Size: side, Seed: 2}, 1000)
	third := 0.44 * side / 3
	for k := range set.Len() {
		m := measure(set, k)
		for _, axis := range []struct {
			attribute string
			classes   []string
			at        float64
		}{{"x", []string{"left", "centre", "right"}, m.x}, {"y", []string{"top", "middle", "bottom"}, m.y}} {
			bin := slices.Index(axis.classes, value(set, axis.attribute, k))
			middle := 0.28*side + third*(float64(bin)+0.5)
			// Half of the share is used; antialiasing makes the measurement inexact by part of a pixel.
			if math.Abs(axis.at-middle) > third/4+0.75 {
				t.Errorf("example %d: %s is %s, and the centroid is at %.1f, want it near %.1f", k, axis.attribute, axis.classes[bin], axis.at, middle)
			}
		}
	}
}

func TestShapesHaveTheAreaOfTheirSize(t *testing.T) {
	const side = 256 // large, so that the border's pixels count little
	s := Shapes{Size: side, Seed: 3}
	set := readShapes(t, s, 60)
	for k := range set.Len() {
		part := math.Sqrt(measure(set, k).area) / side
		bounds := map[string][2]float64{"small": {0.178, 0.213}, "medium": {0.233, 0.278}, "large": {0.305, 0.365}}[value(set, "size", k)]
		if part < bounds[0] || part > bounds[1] {
			t.Errorf("example %d: a %s %s has an area of side %.3f, want %v", k, value(set, "size", k), value(set, "shape", k), part, bounds)
		}
	}
}

func TestShapesAreWhole(t *testing.T) {
	for k, c := range slices.Repeat((Shapes{}).combinations(), 20) {
		f := c.figure(rand.New(rand.NewPCG(1, uint64(k))))
		for _, v := range f.outline {
			x, y := rotate(v.x, v.y, f.angle)
			x, y = f.x+f.size*x, f.y+f.size*y
			if x < 0 || y < 0 || x > 1 || y > 1 {
				t.Fatalf("%+v: a point of the outline is at %.3f, %.3f", c.object(), x, y)
			}
		}
	}
}

func TestShapesHaveTheirColour(t *testing.T) {
	const side = 32
	set := readShapes(t, Shapes{Size: side, Seed: 5}, 500)
	for k := range set.Len() {
		m := measure(set, k)
		at := k*3*side*side + int(m.y)*side + int(m.x)
		r, g, b := set.Bytes[at], set.Bytes[at+side*side], set.Bytes[at+2*side*side]
		var seen string
		switch {
		case b > r && b > g && r > g:
			seen = "purple"
		case b > r && b > g:
			seen = "blue"
		case g > r:
			seen = "green"
		case g > 180:
			seen = "yellow"
		case g > 95:
			seen = "orange"
		default:
			seen = "red"
		}
		if want := value(set, "colour", k); seen != want {
			t.Errorf("example %d: %d, %d, %d is %s, want %s", k, r, g, b, seen, want)
		}
	}
}

// Each rotation differs from each other for every shape by more than the draws within one value do.
func TestShapesShowTheirRotation(t *testing.T) {
	const side = 64
	coverage := func(shape, degrees int) []uint8 {
		f := figure{outline: outlines[shape], size: 0.35, x: 0.5, y: 0.5, angle: float64(degrees) * math.Pi / 180}
		return f.cover(side).Pix
	}
	difference := func(a, b []uint8) (sum int) {
		for i := range a {
			sum += max(int(a[i])-int(b[i]), int(b[i])-int(a[i]))
		}
		return sum
	}
	for shape, name := range shapeAttributes[0].Classes {
		within := difference(coverage(shape, 0), coverage(shape, 4))
		for _, degrees := range []int{18, 36, 54} {
			if between := difference(coverage(shape, 0), coverage(shape, degrees)); between < 2*within {
				t.Errorf("%s at 0 and %d degrees differ by %d, at 0 and 4 by %d", name, degrees, between, within)
			}
		}
	}
}

// The long axis of an ellipse, by its second moments, is turned clockwise from the horizontal by the degrees of its rotation.
func TestShapesAreTurnedAsTheirRotationSays(t *testing.T) {
	const side = 128
	ellipses := func(o Object) bool { return o.Shape == "ellipse" && o.Size == "large" }
	set := readShapes(t, Shapes{Size: side, Seed: 9, Keep: ellipses}, 100)
	for k := range set.Len() {
		m := measure(set, k)
		var xx, xy, yy float64
		image := set.Bytes[k*3*side*side:]
		for i := range side * side {
			if image[i] != image[0] {
				x, y := float64(i%side)+0.5-m.x, float64(i/side)+0.5-m.y
				xx, xy, yy = xx+x*x, xy+x*y, yy+y*y
			}
		}
		turned := math.Atan2(2*xy, xx-yy) / 2 * 180 / math.Pi
		want, err := strconv.ParseFloat(strings.TrimSuffix(value(set, "rotation", k), "°"), 64)
		ok(t, err)
		if math.Abs(turned-want) > 4.5+0.5 {
			t.Errorf("example %d is turned by %.1f degrees, want %.0f", k, turned, want)
		}
	}
}

func TestShapesHaveSmoothEdges(t *testing.T) {
	f := figure{outline: outlines[4], size: 0.35, x: 0.5, y: 0.5, angle: 0.3}
	pix := f.cover(64).Pix
	partly := 0
	for _, v := range pix {
		if v > 0 && v < 255 {
			partly++
		}
	}
	if partly < 40 {
		t.Errorf("%d pixels are covered in part", partly)
	}
}

func TestShapesKeep(t *testing.T) {
	notRedStar := func(o Object) bool { return !(o.Colour == "red" && o.Shape == "star") }
	set := readShapes(t, Shapes{Size: 16, Seed: 6, Keep: notRedStar}, 5000)
	stars, reds := 0, 0
	for k := range set.Len() {
		star, red := value(set, "shape", k) == "star", value(set, "colour", k) == "red"
		if star && red {
			t.Fatalf("example %d is a red star", k)
		}
		stars, reds = stars+count(star), reds+count(red)
	}
	if stars < 500 || reds < 500 {
		t.Errorf("%d stars and %d red shapes, want about %d and %d", stars, reds, 5000*5/29, 5000*4/29)
	}

	only := Object{"heart", "blue", "small", "left", "bottom", "54°"}
	set = readShapes(t, Shapes{Size: 16, Keep: func(o Object) bool { return o == only }}, 5)
	for k := range set.Len() {
		got := Object{value(set, "shape", k), value(set, "colour", k), value(set, "size", k),
			value(set, "x", k), value(set, "y", k), value(set, "rotation", k)}
		if got != only {
			t.Errorf("example %d is %v, want %v", k, got, only)
		}
	}
	if slices.Equal(set.Bytes[:768], set.Bytes[768:1536]) {
		t.Error("two examples of one combination are the same image")
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func TestShapesByAttribute(t *testing.T) {
	s := Shapes{Size: 16, Examples: 50, Seed: 1}
	if classes := s.Info().Classes; classes != nil {
		t.Errorf("classes %v before one is chosen", classes)
	}
	for _, attribute := range []string{"shape", "colour", "size", "x", "y", "rotation"} {
		labelled, err := s.By(attribute)
		ok(t, err)
		set, err := Load(labelled)
		ok(t, err)
		for k, label := range set.Labels {
			if got := labelled.Info().Classes[label]; got != value(set, attribute, k) || !slices.Equal(set.Classes, labelled.Info().Classes) {
				t.Fatalf("example %d by %s is %s, and its attribute %s", k, attribute, got, value(set, attribute, k))
			}
		}
	}
	_, err := s.By("color")
	expectError(t, err, `"color"`, "shape, colour, size, x, y, rotation")
}

func TestShapesNameWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		shapes Shapes
		rows   []int
		parts  []string
	}{
		{Shapes{Examples: 5}, nil, []string{"Size is 0", "16"}},
		{Shapes{Size: 15, Examples: 5}, nil, []string{"Size is 15", "16"}},
		{Shapes{Size: 1 << 40, Examples: 5}, nil, []string{"Size is 1099511627776"}},
		{Shapes{Size: 16}, nil, []string{"Examples is 0"}},
		{Shapes{Size: 16, Examples: 5, Keep: func(Object) bool { return false }}, nil, []string{"Keep"}},
		{Shapes{Size: 16, Examples: 5}, []int{0, 5}, []string{"shapes", "example 5", "0 to 4"}},
		{Shapes{Size: 16, Examples: 5}, []int{-1}, []string{"shapes", "example -1"}},
	} {
		_, err := c.shapes.Read(c.rows)
		expectError(t, err, c.parts...)
	}
}

func TestShapesAreCopies(t *testing.T) {
	s := Shapes{Size: 16, Examples: 3}
	first := readShapes(t, s, 3)
	labels := fmt.Sprint(first.Attributes)
	first.Attributes[0].Labels[0]++
	clear(first.Bytes)
	second := readShapes(t, s, 3)
	if slices.Max(second.Bytes) == 0 || fmt.Sprint(second.Attributes) != labels {
		t.Error("what was done to one set is seen in the next")
	}
}

func TestShapesAreReadByManyAtOnce(t *testing.T) {
	s := Shapes{Size: 16, Examples: 200, Seed: 1}
	want := readShapes(t, s, 200)
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			set, err := Load(s)
			if err != nil || !slices.Equal(set.Bytes, want.Bytes) {
				t.Errorf("error %v, or other images", err)
			}
		})
	}
	readers.Wait()
}
