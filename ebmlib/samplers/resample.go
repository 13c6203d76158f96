package samplers

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// resample multiplies each image x [batch, channels, height, width] from both sides by matrices of its own,
//
//	y = rows x columnsᵀ
//
// rows [batch, height, height] mixes its rows, columns [batch, width, width] its columns.
func resample(x, rows, columns *Node) *Node {
	batch, channels, height, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	y := DotGeneral(Reshape(x, batch, channels*height, width), []int{2}, []int{0}, Transpose(columns, 1, 2), []int{1}, []int{0})
	y = Reshape(y, batch, channels, height, width)
	rows = BroadcastToDims(Reshape(rows, batch, 1, height, height), batch, channels, height, height)
	return DotGeneral(rows, []int{3}, []int{0, 1}, y, []int{2}, []int{0, 1})
}

// interpolation is the matrix [batch, outputs, size] that reads an axis of size pixels at positions [batch, outputs], counted
// in pixels from 0 at the first one's centre. Pixel i has weight
//
//	max(0, 1 - |i - position|)
//
// which is linear interpolation, and zeros beyond the ends.
func interpolation(positions *Node, size int) *Node {
	pixels := Iota(positions.Graph(), shapes.Make(positions.DType(), 1, 1, size), 2)
	distance := Abs(Sub(pixels, InsertAxes(positions, -1)))
	return MaxScalar(OneMinus(distance), 0)
}
