package samplers

import (
	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// Grey replaces each image by its luma, in all three channels, with a probability:
//
//	luma = 0.299 red + 0.587 green + 0.114 blue
//
// Images of one channel are grey as they are.
type Grey struct {
	Probability float64 `json:"probability"`
}

// Check returns an error that names the setting that makes no sense.
func (g Grey) Check() error {
	return checkProbability("grey", g.Probability, "the paper's is 0.2")
}

// Apply makes some images grey. It panics if they have neither one channel nor three.
func (g Grey) Apply(random, x *Node) (newRandom, y *Node) {
	checkImages(x)
	random, u := draw(random, x, 1)
	return random, sometimes(g.Probability, u[0], BroadcastToShape(luma(x), x.Shape()), x)
}

// luma is the brightness of images of three channels, or of one: [batch, 1, height, width].
func luma(x *Node) *Node {
	switch x.Shape().Dim(1) {
	case 1:
		return x
	case 3:
		weights := Const(x.Graph(), [][][][]float32{{{{0.299}}, {{0.587}}, {{0.114}}}})
		return ReduceAndKeep(Mul(x, weights), ReduceSum, 1)
	}
	Panicf("samplers: x %s must have one channel, grey, or three, red, green and blue, for a transition of colours", x.Shape())
	return nil
}
