package layers

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// Resize brings images [batch, channels, height, width] to side x side positions by bilinear interpolation: pixels are squares whose values
// are those at their centres, beyond the outermost of which the image goes on as it is there. An image that becomes smaller is not smoothed
// first. (PyTorch's interpolate with align_corners=False, antialias=False.)
func Resize(x *Node, side int) *Node {
	if x.Rank() != 4 || side < 1 {
		Panicf("layers.Resize: x %s must be [batch, channels, height, width], and the side %d at least 1", x.Shape(), side)
	}
	return fromBothSides(x, func(inputs int) [][]float32 { return interpolation(inputs, side) })
}

// interpolation is the [outputs, inputs] matrix that interpolates along one axis.
func interpolation(inputs, outputs int) [][]float32 {
	rows := make([][]float32, outputs)
	for o := range rows {
		rows[o] = make([]float32, inputs)
		place := (float64(o)+0.5)*float64(inputs)/float64(outputs) - 0.5
		place = min(max(place, 0), float64(inputs-1))
		before, share := math.Modf(place)
		rows[o][int(before)] = float32(1 - share)
		if share > 0 {
			rows[o][int(before)+1] = float32(share)
		}
	}
	return rows
}
