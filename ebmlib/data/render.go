package data

import (
	"image"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

var (
	background = [3]float64{236, 235, 230}
	// palette is in the order of the classes of "colour".
	palette = [][3]float64{{214, 58, 54}, {240, 138, 40}, {241, 204, 60}, {62, 160, 88}, {52, 108, 196}, {138, 80, 174}}
	// outlines are polygons with area 1 and centroid 0, y pointing down, in the order of the classes of "shape".
	outlines = [][]vertex{
		outline(4, func(t float64) vertex { return polar(1, t+math.Pi/4) }),
		outline(3, func(t float64) vertex { return polar(1, t-math.Pi/2) }),
		outline(10, func(t float64) vertex { return polar(0.74+0.26*math.Cos(5*t), t-math.Pi/2) }),
		outline(128, func(t float64) vertex {
			sin := math.Sin(t)
			return vertex{16 * sin * sin * sin, -13*math.Cos(t) + 5*math.Cos(2*t) + 2*math.Cos(3*t) + math.Cos(4*t)}
		}),
		outline(128, func(t float64) vertex { return vertex{1.7 * math.Cos(t), math.Sin(t)} }),
	}
)

type vertex struct{ x, y float64 }

func polar(radius, angle float64) vertex {
	return vertex{radius * math.Cos(angle), radius * math.Sin(angle)}
}

// outline is the polygon of n vertices of a closed curve, at angles t evenly from 0, moved and scaled to area 1 and centroid 0.
func outline(n int, curve func(t float64) vertex) []vertex {
	polygon := make([]vertex, n)
	for i := range polygon {
		polygon[i] = curve(2 * math.Pi * float64(i) / float64(n))
	}
	var area, x, y float64 // by the shoelace formula
	for i, p := range polygon {
		q := polygon[(i+1)%n]
		cross := p.x*q.y - q.x*p.y
		area += cross / 2
		x += (p.x + q.x) * cross / 6
		y += (p.y + q.y) * cross / 6
	}
	scale := 1 / math.Sqrt(area)
	for i, p := range polygon {
		polygon[i] = vertex{scale * (p.x - x/area), scale * (p.y - y/area)}
	}
	return polygon
}

// figure is a shape in an image, with lengths as parts of the image's side.
type figure struct {
	outline []vertex
	colour  [3]float64 // red, green and blue, to 255
	size    float64    // the square root of its area
	x, y    float64    // its centroid
	angle   float64    // clockwise, in radians
}

// render draws the figure to the planes red, green and blue of an image of side x side pixels. Edges are antialiased by the
// area that the figure covers of a pixel; light from the upper left shades it.
func (f figure) render(side int, planes []uint8) {
	coverage := f.cover(side)
	area := side * side
	for i, covered := range coverage.Pix {
		x, y := (float64(i%side)+0.5)/float64(side), (float64(i/side)+0.5)/float64(side)
		light := ((f.x - x) + (f.y - y)) / f.size // about -1 to 1
		opacity := float64(covered) / 255
		for channel, v := range f.colour {
			value := opacity*shade(v, light) + (1-opacity)*background[channel]
			planes[channel*area+i] = uint8(value + 0.5)
		}
	}
}

// shade mixes a value with white in the light, above 0, and with black in the shade.
func shade(v, light float64) float64 {
	if light > 0 {
		return v + 0.3*min(light, 1)*(255-v)
	}
	return v + 0.2*max(light, -1)*v
}

// cover is the part of each pixel that the figure covers, 255 being all of it.
func (f figure) cover(side int) *image.Alpha {
	bounds := image.Rect(0, 0, side, side)
	raster := vector.NewRasterizer(side, side)
	raster.DrawOp = draw.Src
	for i, v := range f.outline {
		x, y := rotate(v.x, v.y, f.angle)
		x, y = float64(side)*(f.x+f.size*x), float64(side)*(f.y+f.size*y)
		if i == 0 {
			raster.MoveTo(float32(x), float32(y))
		} else {
			raster.LineTo(float32(x), float32(y))
		}
	}
	raster.ClosePath()
	coverage := image.NewAlpha(bounds)
	raster.Draw(coverage, bounds, image.Opaque, image.Point{})
	return coverage
}
