package samplers_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

func TestRotate(t *testing.T) {
	// 0.1 0.2 0.3
	// 0.4 0.5 0.6
	// 0.7 0.8 0.9
	x := picture(func(_, _, row, column int) float32 { return 0.1 + 0.3*float32(row) + 0.1*float32(column) }, 4, 1, 3, 3)
	turn := float32(math.Pi / 2)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			return []*Node{samplers.RotateBy(inputs[0], inputs[1])}
		}, x.tensor(), []float32{0, turn, 2 * turn, -turn})
		near(t, "turned", outputs[0], []float32{
			0.1, 0.2, 0.3,
			0.4, 0.5, 0.6,
			0.7, 0.8, 0.9,
			// Counter-clockwise the right column becomes the upper row.
			0.3, 0.6, 0.9,
			0.2, 0.5, 0.8,
			0.1, 0.4, 0.7,

			0.9, 0.8, 0.7,
			0.6, 0.5, 0.4,
			0.3, 0.2, 0.1,

			0.7, 0.4, 0.1,
			0.8, 0.5, 0.2,
			0.9, 0.6, 0.3,
		}, 1e-6)
	})
}

func TestRotateByNothingIsTheIdentity(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, x := range []images{noise(2, 3, 5, 5), noise(2, 1, 4, 7)} { // The centre is a pixel, and lies between two.
			outputs := call(t, engine, func(inputs []*Node) []*Node {
				return []*Node{samplers.RotateBy(inputs[0], inputs[1])}
			}, x.tensor(), []float32{0, 0})
			near(t, "turned by 0", outputs[0], x.values, 0)
		}
	})
}

// An eighth of a turn of a white image of 3x3 pixels: its corners, √2 from the centre, come from √2 to the side of it, which lies
// between the middle of the side, at 1, and nothing, at 2.
func TestRotateReadsZerosOutside(t *testing.T) {
	corner := float32(2 - math.Sqrt2)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			return []*Node{samplers.RotateBy(inputs[0], inputs[1])}
		}, constant(1, 1, 1, 3, 3).tensor(), []float32{math.Pi / 4})
		near(t, "turned", outputs[0], []float32{
			corner, 1, corner,
			1, 1, 1,
			corner, 1, corner,
		}, 1e-6)
	})
}

// A ramp of columns tells the angle: around the centre it climbs by cos angle to the right and falls by sin angle downwards.
func TestRotationAngles(t *testing.T) {
	const batch, size, degrees = 2000, 5, 30
	x := picture(func(_, _, _, column int) float32 { return float32(column) / (size - 1) }, batch, 1, size, size)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		output := apply(t, engine, samplers.Rotation{Degrees: degrees, Probability: 0.5}, x)
		y, made := flat(output), changed(x, output)
		var angles []float64
		for i := range batch {
			if !made[i] { // Whether it is made must not depend on how.
				continue
			}
			at := func(row, column int) float64 { return float64(y[(i*size+row)*size+column]) }
			const middle = size / 2
			right, down := at(middle, middle+1)-at(middle, middle-1), at(middle+1, middle)-at(middle-1, middle)
			angles = append(angles, math.Atan2(-down, right)*180/math.Pi)
		}
		uniform(t, "the angle", angles, -degrees, degrees)
	})
}
