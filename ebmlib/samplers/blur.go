package samplers

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	. "github.com/gomlx/gomlx/support/exceptions"
)

// GaussianBlur blurs each image, with a probability, by a Gaussian kernel of Kernel x Kernel pixels whose standard deviation, in pixels,
// is uniform in [MinSigma, MaxSigma]. The kernel is cut off at its edge and sums to 1. Images are continued by reflection in their
// outermost pixels, which do not repeat, as torchvision does.
type GaussianBlur struct {
	MinSigma    float64 `json:"min_sigma"`
	MaxSigma    float64 `json:"max_sigma"`
	Kernel      int     `json:"kernel"`
	Probability float64 `json:"probability"`
}

// Check returns an error that names the setting that makes no sense.
func (b GaussianBlur) Check() error {
	if !(0 < b.MinSigma && b.MinSigma <= b.MaxSigma && !math.IsInf(b.MaxSigma, 1)) {
		return fmt.Errorf("gaussian blur: sigmas are [%g, %g]; they must be above 0 pixels, the first not the larger (the paper's are [0.1, 2])",
			b.MinSigma, b.MaxSigma)
	}
	if b.Kernel < 3 || b.Kernel%2 == 0 {
		return fmt.Errorf("gaussian blur: kernel is %d; it must be an odd number of pixels from 3 (the paper's is 5)", b.Kernel)
	}
	return checkProbability("gaussian blur", b.Probability, "the paper's is 0.5")
}

// Apply blurs some images. It panics if the kernel reaches further than reflection does, from one end of the image to the other.
func (b GaussianBlur) Apply(random, x *Node) (newRandom, y *Node) {
	checkImages(x)
	random, u := draw(random, x, 2)
	return random, sometimes(b.Probability, u[1], blur(x, between(b.MinSigma, b.MaxSigma, u[0]), b.Kernel), x)
}

// blur blurs each image by a sigma [batch].
func blur(x, sigma *Node, kernel int) *Node {
	offsets := make([][]float32, 1)
	for k := range kernel {
		offsets[0] = append(offsets[0], float32(k-kernel/2))
	}
	distance := Div(Const(x.Graph(), offsets), InsertAxes(sigma, -1))
	weights := Exp(MulScalar(Square(distance), -0.5)) // [batch, kernel]
	weights = Div(weights, ReduceAndKeep(weights, ReduceSum, 1))
	along := func(size int) *Node {
		taps := Const(x.Graph(), reflectedTaps(kernel, size))
		return Reshape(DotGeneral(weights, []int{1}, nil, taps, []int{0}, nil), -1, size, size)
	}
	y := resample(x, along(x.Shape().Dim(2)), along(x.Shape().Dim(3)))
	return MinScalar(y, 1) // The weights' sum is rounded: white may become 1.0000001.
}

// reflectedTaps is 1 at [k, o*size+i] where output pixel o of an axis reads input pixel i by weight k of the kernel: where o + k -
// kernel/2 is i, or would be but for a reflection at pixel 0 or size-1.
func reflectedTaps(kernel, size int) [][]float32 {
	if kernel/2 >= size {
		Panicf("samplers.GaussianBlur: a kernel of %d pixels needs images of at least %d, these have sides of %d", kernel, kernel/2+1, size)
	}
	taps := make([][]float32, kernel)
	for k := range taps {
		taps[k] = make([]float32, size*size)
		for o := range size {
			i := o + k - kernel/2
			if i < 0 {
				i = -i
			}
			if i >= size {
				i = 2*(size-1) - i
			}
			taps[k][o*size+i] = 1
		}
	}
	return taps
}
