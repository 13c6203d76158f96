package samplers_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

// spot is a bright pixel on black.
func spot(brightRow, brightColumn int) func(image, channel, row, column int) float32 {
	return func(_, _, row, column int) float32 {
		if row == brightRow && column == brightColumn {
			return 1
		}
		return 0
	}
}

// kernelWeights are those of pixels at distance 0, 1, ... from a kernel's middle.
func kernelWeights(kernel int, sigma float64) []float64 {
	weights, sum := make([]float64, kernel/2+1), 0.0
	for k := -kernel / 2; k <= kernel/2; k++ {
		w := math.Exp(-float64(k*k) / (2 * sigma * sigma))
		weights[max(k, -k)] = w
		sum += w
	}
	for k := range weights {
		weights[k] /= sum
	}
	return weights
}

// A spot becomes the kernel, an outer product; each image has a sigma of its own.
func TestBlurOfASpot(t *testing.T) {
	const kernel = 5
	sigmas := []float32{0.5, 2}
	x := picture(spot(3, 4), 2, 1, 7, 8)
	var want []float32
	for _, sigma := range sigmas {
		w := append(kernelWeights(kernel, float64(sigma)), 0, 0) // 0 beyond the kernel
		for row := range 7 {
			for column := range 8 {
				want = append(want, float32(w[max(row-3, 3-row)]*w[max(column-4, 4-column)]))
			}
		}
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			return []*Node{samplers.BlurBy(inputs[0], inputs[1], kernel)}
		}, x.tensor(), sigmas)
		near(t, "blurred", outputs[0], want, 1e-6)
	})
}

// At the edge the image goes on as its mirror, the edge itself the axis: 2 1 | 0 1 2. With weights w0, w1 of the kernel the
// first column counts w0 in the first and w1 in the second; the second counts twice w1 in the first.
func TestBlurReflects(t *testing.T) {
	w := kernelWeights(3, 1)
	w0, w1 := float32(w[0]), float32(w[1])
	x := picture(func(image, _, _, column int) float32 {
		if column == image {
			return 1
		}
		return 0
	}, 4, 1, 2, 4)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			return []*Node{samplers.BlurBy(inputs[0], inputs[1], 3)}
		}, x.tensor(), []float32{1, 1, 1, 1})
		near(t, "blurred", outputs[0], []float32{
			w0, w1, 0, 0,
			w0, w1, 0, 0,

			2 * w1, w0, w1, 0,
			2 * w1, w0, w1, 0,

			0, w1, w0, 2 * w1,
			0, w1, w0, 2 * w1,

			0, 0, w1, w0,
			0, 0, w1, w0,
		}, 1e-6)
	})
}

func TestBlurOfAConstantAndByATinySigma(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		x := constant(0.3, 10, 3, 6, 5)
		near(t, "a constant", apply(t, engine, each["blur"], x), x.values, 1e-6)
		x = noise(10, 3, 6, 5)
		tiny := samplers.GaussianBlur{MinSigma: 0.01, MaxSigma: 0.1, Kernel: 5, Probability: 1}
		near(t, "a tiny sigma", apply(t, engine, tiny, x), x.values, 1e-6)
	})
}

// The weights of a kernel of 3 pixels tell its sigma: w1/w0 = exp(-1/2sigma²).
func TestBlurSigmas(t *testing.T) {
	const batch, low, high = 2000, 0.5, 2
	x := picture(spot(2, 2), batch, 1, 5, 5)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		output := apply(t, engine, samplers.GaussianBlur{MinSigma: low, MaxSigma: high, Kernel: 3, Probability: 0.5}, x)
		y, made := flat(output), changed(x, output)
		var sigmas []float64
		for i := range batch {
			if !made[i] { // Whether it is made must not depend on how.
				continue
			}
			middle, above := y[25*i+5*2+2], y[25*i+5*1+2]
			sigmas = append(sigmas, math.Sqrt(-1/(2*math.Log(float64(above/middle)))))
		}
		uniform(t, "sigma", sigmas, low, high)
	})
}
