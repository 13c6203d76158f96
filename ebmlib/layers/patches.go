package layers

import (
	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// Patches moves each block of size x size pixels into the channels of one position:
//
//	[batch, channels, height, width] -> [batch, channels*size*size, height/size, width/size]
//
// A convolution after it is one with a larger kernel and a stride, at less cost.
func Patches(x *Node, size int) *Node {
	if x.Rank() != 4 {
		Panicf("layers.Patches: x %s must be [batch, channels, height, width]", x.Shape())
	}
	batch, channels, height, width := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	if size < 1 || height%size != 0 || width%size != 0 {
		Panicf("layers.Patches: images of %dx%d pixels can't be cut into patches of %dx%d", height, width, size, size)
	}
	if size == 1 {
		return x
	}
	blocks := Reshape(x, batch, channels, height/size, size, width/size, size)
	return Reshape(TransposeAllAxes(blocks, 0, 1, 3, 5, 2, 4), batch, channels*size*size, height/size, width/size)
}
