package data

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Shapes is a [Source] of rendered images [3, Size, Size], each of one shape on a plain background, for learning attributes
// apart and composing them. Every attribute is a labelling (see [Shapes.By]):
//
//	shape     square, triangle, star, heart, ellipse
//	colour    red, orange, yellow, green, blue, purple
//	size      small, medium, large: the square root of the shape's area, from 0.17 to 0.38 of the image's side, on a log scale
//	x, y      left, centre, right and top, middle, bottom: of the shape's centroid, from 0.28 to 0.72 of the image's side
//	rotation  0°, 18°, 36°, 54°, clockwise, in which each shape looks different: none is itself again after less than 72°
//
// An example's combination of values is drawn uniformly from all those kept; then size, x, y and rotation are drawn uniformly
// from the middle half of the value's share of the range, so that neighbouring values stay apart. The same Seed, Size and Keep give
// the same example in the same row.
type Shapes struct {
	Size     int    // height and width of the images in pixels, from 16
	Examples int    // how many there are, from 1
	Seed     uint64 // of the random draws

	// Keep tells which combinations occur; if nil, all 3240 do. It must be a function of its argument alone. Without red stars:
	//
	//	Keep: func(o data.Object) bool { return !(o.Colour == "red" && o.Shape == "star") }
	Keep func(Object) bool

	label int // the attribute that labels the examples, counted from 1; 0 if none does
}

// Object is a combination of the values that [Shapes] lists.
type Object struct{ Shape, Colour, Size, X, Y, Rotation string }

// shapeAttributes are in the order of a combination's values.
var shapeAttributes = []Attribute{
	{Name: "shape", Classes: []string{"square", "triangle", "star", "heart", "ellipse"}},
	{Name: "colour", Classes: []string{"red", "orange", "yellow", "green", "blue", "purple"}},
	{Name: "size", Classes: []string{"small", "medium", "large"}},
	{Name: "x", Classes: []string{"left", "centre", "right"}},
	{Name: "y", Classes: []string{"top", "middle", "bottom"}},
	{Name: "rotation", Classes: []string{"0°", "18°", "36°", "54°"}},
}

// combination is the number of a value for each of the attributes.
type combination [6]int

func (c combination) object() Object {
	var names [len(c)]string
	for i, a := range shapeAttributes {
		names[i] = a.Classes[c[i]]
	}
	return Object{names[0], names[1], names[2], names[3], names[4], names[5]}
}

// figure draws a figure with these values.
func (c combination) figure(rng *rand.Rand) figure {
	// within is uniform over the middle half of the share, of [0, 1], of an attribute's value.
	within := func(attribute int) float64 {
		return (float64(c[attribute]) + 0.25 + 0.5*rng.Float64()) / float64(len(shapeAttributes[attribute].Classes))
	}
	const smallest, largest = 0.17, 0.38
	return figure{
		outline: outlines[c[0]],
		colour:  palette[c[1]],
		size:    smallest * math.Pow(largest/smallest, within(2)),
		x:       0.28 + 0.44*within(3),
		y:       0.28 + 0.44*within(4),
		angle:   (72*within(5) - 9) * math.Pi / 180, // 9 degrees, half a value's share, put the first value's middle at 0
	}
}

// combinations are those that are kept.
func (s Shapes) combinations() []combination {
	count := 1
	for _, a := range shapeAttributes {
		count *= len(a.Classes)
	}
	var kept []combination
	for n := range count {
		var c combination
		for i, a := range shapeAttributes {
			n, c[i] = n/len(a.Classes), n%len(a.Classes)
		}
		if s.Keep == nil || s.Keep(c.object()) {
			kept = append(kept, c)
		}
	}
	return kept
}

// Info describes the images, without rendering any.
func (s Shapes) Info() Info {
	info := Info{Name: "shapes", Shape: []int{3, s.Size, s.Size}, Images: true, Examples: s.Examples}
	if s.label > 0 {
		info.Classes = shapeAttributes[s.label-1].Classes
	}
	return info
}

// By is the same images labelled by one of their attributes, whose values then are the classes, as [Set.By] does it.
func (s Shapes) By(attribute string) (Shapes, error) {
	for i, a := range shapeAttributes {
		if a.Name == attribute {
			s.label = i + 1
			return s, nil
		}
	}
	_, err := (&Set{Name: "shapes", Attributes: shapeAttributes}).By(attribute) // for its error, which lists them
	return Shapes{}, err
}

// Read renders the examples of these rows, on all CPUs. A Size below 16, Examples below 1 and a Keep that keeps nothing are errors.
func (s Shapes) Read(rows []int) (*Set, error) {
	kept := s.combinations()
	switch {
	case s.Size < 16 || s.Size > maxSide:
		return nil, fmt.Errorf("shapes: Size is %d: give the height and width of the images, from 16 to %d pixels", s.Size, maxSide)
	case s.Examples < 1:
		return nil, fmt.Errorf("shapes: Examples is %d: give how many examples there are to be, from 1", s.Examples)
	case kept == nil:
		return nil, errors.New("shapes: Keep keeps no combination of values: it must return true for one")
	}
	info := s.Info()
	if err := info.rowsErr(rows); err != nil {
		return nil, err
	}
	size := 3 * s.Size * s.Size
	out := &Set{Name: info.Name, Shape: info.Shape, Classes: info.Classes, Bytes: make([]uint8, len(rows)*size)}
	for _, a := range shapeAttributes {
		a.Labels = make([]int32, len(rows))
		out.Attributes = append(out.Attributes, a)
	}
	err := parallel(len(rows), func(i int) error {
		rng := rand.New(rand.NewPCG(s.Seed, uint64(rows[i])))
		c := kept[rng.IntN(len(kept))]
		for k, value := range c {
			out.Attributes[k].Labels[i] = int32(value)
		}
		c.figure(rng).render(s.Size, out.Bytes[i*size:(i+1)*size])
		return nil
	})
	if err != nil {
		return nil, err
	}
	if s.label > 0 {
		return out.By(shapeAttributes[s.label-1].Name)
	}
	return out, nil
}
