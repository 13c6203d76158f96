package samplers

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// RandomResizedCrop cuts a random box from each image and enlarges it to the image's size by bilinear interpolation. The box's
//
//	area    is uniform in [MinScale, MaxScale], a fraction of the image's
//	ratio   of width to height, divided by the image's own, is log-uniform over the part of [MinRatio, MaxRatio] in which
//	        a box of that area fits the image: [area, 1/area]
//	place   is uniform over those at which it lies inside the image
//
// Two things differ from torchvision, which the paper's reference uses. It draws area and ratio together, again if the box does not
// fit, so that areas above 3/4 are rarer than they are here. And its boxes are whole pixels, while these are cut from the
// interpolated image, which continues its outermost pixels.
type RandomResizedCrop struct {
	MinScale float64 `json:"min_scale"`
	MaxScale float64 `json:"max_scale"`
	MinRatio float64 `json:"min_ratio"`
	MaxRatio float64 `json:"max_ratio"`
}

// Check returns an error that names the setting that makes no sense.
func (c RandomResizedCrop) Check() error {
	if !(0 < c.MinScale && c.MinScale <= c.MaxScale && c.MaxScale <= 1) {
		return fmt.Errorf("random resized crop: scales are [%g, %g]; they are fractions of the image's area, above 0 and at most 1, "+
			"the first not the larger (the paper's are [0.08, 1])", c.MinScale, c.MaxScale)
	}
	if !(0 < c.MinRatio && c.MinRatio <= 1 && 1 <= c.MaxRatio && !math.IsInf(c.MaxRatio, 1)) {
		return fmt.Errorf("random resized crop: ratios are [%g, %g]; the first must lie in (0, 1], the second be 1 or more, "+
			"for a large box fits in no other ratio (the paper's are [3/4, 4/3])", c.MinRatio, c.MaxRatio)
	}
	return nil
}

// Apply crops each image to a box of its own.
func (c RandomResizedCrop) Apply(random, x *Node) (newRandom, y *Node) {
	checkImages(x)
	random, u := draw(random, x, 4)
	area := between(c.MinScale, c.MaxScale, u[0])
	low, high := MaxScalar(Log(area), math.Log(c.MinRatio)), MinScalar(Neg(Log(area)), math.Log(c.MaxRatio))
	ratio := Exp(Add(low, Mul(Sub(high, low), u[1])))
	height, width := Sqrt(Div(area, ratio)), Sqrt(Mul(area, ratio))
	return random, detached(crop(x, Mul(OneMinus(height), u[2]), Mul(OneMinus(width), u[3]), height, width))
}

// crop enlarges a box of each image, whose place and sides, [batch], are fractions of the image's sides.
func crop(x, top, left, height, width *Node) *Node {
	return resample(x, enlargement(top, height, x.Shape().Dim(2)), enlargement(left, width, x.Shape().Dim(3)))
}

// enlargement is the matrix [batch, size, size] that stretches the interval [start, start+length] of an axis to all of it. Pixel
// o covers [o, o+1]/size of the axis, and is read at its middle.
func enlargement(start, length *Node, size int) *Node {
	middles := AddScalar(Iota(start.Graph(), shapes.Make(start.DType(), 1, size), 1), 0.5)
	positions := Add(MulScalar(InsertAxes(start, -1), size), Mul(InsertAxes(length, -1), middles))
	return interpolation(ClipScalar(AddScalar(positions, -0.5), 0, float64(size-1)), size)
}
