package features

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/layers"
)

const (
	// Dims is how many features a classifier makes of an image.
	Dims = 64

	leastSide = 8  // of an image, in pixels: it is halved twice
	mostSide  = 32 // of what the first convolution sees, in positions
)

// network maps images x [batch, channels, height, width], with values in [0, 1], to features [batch, Dims] and logits [batch, classes]: three
// 3x3 convolutions, to 32, 64 and 64 channels, with swish, the image halved by average pooling between them; the mean over positions; a
// linear map with swish, whose values are the features; a linear map. Larger images are first cut into patches.
func network(scope *model.Scope, x *Node, classes int) (features, logits *Node) {
	h := layers.Patches(x, patchSide(x.Shape().Dim(2), x.Shape().Dim(3)))
	h = MulScalar(AddScalar(h, -0.5), 4) // Deviations near 1, as the first parameters expect.
	h = layers.Swish(layers.Conv(scope.At("conv1"), h, 32, 3))
	h = layers.Swish(layers.Conv(scope.At("conv2"), layers.AveragePool(h, 3, 2, 1), 64, 3))
	h = layers.Swish(layers.Conv(scope.At("conv3"), layers.AveragePool(h, 3, 2, 1), 64, 3))
	features = layers.Swish(layers.Linear(scope.At("features"), layers.MeanOverPositions(h), Dims))
	return features, layers.Linear(scope.At("classes"), features, classes)
}

// patchSide is the side of the smallest patches that an image divides into with at most mostSide of them along each side, or 1 if it does not
// divide into such, or into too few.
func patchSide(height, width int) int {
	for side := 1; side*leastSide <= min(height, width); side++ {
		if height%side == 0 && width%side == 0 && max(height, width) <= mostSide*side {
			return side
		}
	}
	return 1
}
