package samplers

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// HorizontalFlip exchanges left and right of each image with a probability.
type HorizontalFlip struct {
	Probability float64 `json:"probability"`
}

// Check returns an error that names the setting that makes no sense.
func (f HorizontalFlip) Check() error {
	return checkProbability("horizontal flip", f.Probability, "the paper's is 0.5")
}

// Apply flips some images.
func (f HorizontalFlip) Apply(random, x *Node) (newRandom, y *Node) {
	checkImages(x)
	random, u := draw(random, x, 1)
	return random, sometimes(f.Probability, u[0], Reverse(x, 3), x)
}
