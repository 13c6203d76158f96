package samplers

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Rotation turns each image about its centre, with a probability, by an angle uniform in [-Degrees, Degrees], counter-clockwise
// where it is positive. Pixels are interpolated bilinearly, with zeros outside the image.
type Rotation struct {
	Degrees     float64 `json:"degrees"`
	Probability float64 `json:"probability"`
}

// Check returns an error that names the setting that makes no sense.
func (r Rotation) Check() error {
	if !(r.Degrees > 0 && r.Degrees <= 180) {
		return fmt.Errorf("rotation: degrees are %g; they must lie in (0, 180], half a turn", r.Degrees)
	}
	return checkProbability("rotation", r.Probability, "1 turns every image")
}

// Apply turns some images.
func (r Rotation) Apply(random, x *Node) (newRandom, y *Node) {
	checkImages(x)
	random, u := draw(random, x, 2)
	radians := r.Degrees * math.Pi / 180
	return random, sometimes(r.Probability, u[1], rotate(x, between(-radians, radians, u[0])), x)
}

// rotate turns each image counter-clockwise by an angle [batch], in radians: the pixel at (down, right) of the centre is read at
//
//	(down cos angle + right sin angle, right cos angle - down sin angle)
func rotate(x, angle *Node) *Node {
	batch, height, width := x.Shape().Dim(0), x.Shape().Dim(2), x.Shape().Dim(3)
	fromCentre := func(axis, size int) *Node {
		positions := Iota(x.Graph(), shapes.Make(x.DType(), 1, height, width), axis)
		return AddScalar(positions, -float64(size-1)/2)
	}
	down, right := fromCentre(1, height), fromCentre(2, width)
	cos, sin := Reshape(Cos(angle), batch, 1, 1), Reshape(Sin(angle), batch, 1, 1)
	rows := AddScalar(Add(Mul(down, cos), Mul(right, sin)), float64(height-1)/2)
	columns := AddScalar(Sub(Mul(right, cos), Mul(down, sin)), float64(width-1)/2)
	return interpolate(x, rows, columns)
}

// interpolate reads each image at rows and columns [batch, height, width], in pixels, by bilinear interpolation between the four
// pixels around, those outside the image being zero.
func interpolate(x, rows, columns *Node) *Node {
	batch, channels, height, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	pixels := Reshape(TransposeAllAxes(x, 0, 2, 3, 1), -1, channels)
	first := Iota(x.Graph(), shapes.Make(dtypes.Int32, batch, 1, 1), 0)
	first = MulScalar(first, height*width) // The index of each image's first pixel.

	y := ZerosLike(pixels)
	for _, corner := range [][2]float64{{0, 0}, {0, 1}, {1, 0}, {1, 1}} {
		row, rowWeight := neighbour(rows, corner[0], height)
		column, columnWeight := neighbour(columns, corner[1], width)
		index := Add(first, ConvertDType(Add(MulScalar(row, width), column), dtypes.Int32))
		weight := Mul(rowWeight, columnWeight)
		y = Add(y, Mul(Reshape(weight, -1, 1), Gather(pixels, Reshape(index, -1, 1))))
	}
	return TransposeAllAxes(Reshape(y, batch, height, width, channels), 0, 3, 1, 2)
}

// neighbour is the pixel below (step 0) or above (step 1) positions on an axis, and its weight in the interpolation between the two:
// 0 if it lies outside, where the pixel is the nearest inside.
func neighbour(positions *Node, step float64, size int) (pixel, weight *Node) {
	pixel = AddScalar(Floor(positions), step)
	weight = OneMinus(Abs(Sub(positions, pixel)))
	inside := ClipScalar(pixel, 0, float64(size-1))
	return inside, Where(Equal(pixel, inside), weight, ZerosLike(weight))
}
