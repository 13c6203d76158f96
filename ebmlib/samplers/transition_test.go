package samplers_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/stat"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

// each is one transition of each kind, made on every image.
var each = map[string]samplers.Transition{
	"crop":     samplers.RandomResizedCrop{MinScale: 0.08, MaxScale: 1, MinRatio: 3.0 / 4, MaxRatio: 4.0 / 3},
	"shift":    samplers.RandomShift{Padding: 4},
	"flip":     samplers.HorizontalFlip{Probability: 1},
	"jitter":   samplers.ColourJitter{Brightness: 0.8, Contrast: 0.8, Saturation: 0.8, Hue: 0.4, Probability: 1},
	"grey":     samplers.Grey{Probability: 1},
	"blur":     samplers.GaussianBlur{MinSigma: 0.1, MaxSigma: 2, Kernel: 5, Probability: 1},
	"rotation": samplers.Rotation{Degrees: 180, Probability: 1},
}

// images are values for a tensor [batch, channels, height, width] on any engine.
type images struct {
	values []float32
	dims   []int
}

func (x images) tensor() *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(slices.Clone(x.values), x.dims...)
}

// picture makes images from the value at each place.
func picture(value func(image, channel, row, column int) float32, batch, channels, height, width int) images {
	x := images{dims: []int{batch, channels, height, width}}
	for image := range batch {
		for channel := range channels {
			for row := range height {
				for column := range width {
					x.values = append(x.values, value(image, channel, row, column))
				}
			}
		}
	}
	return x
}

func noise(batch, channels, height, width int) images {
	random := rand.New(rand.NewPCG(1, 2))
	return picture(func(_, _, _, _ int) float32 { return random.Float32() }, batch, channels, height, width)
}

func constant(value float32, batch, channels, height, width int) images {
	return picture(func(_, _, _, _ int) float32 { return value }, batch, channels, height, width)
}

// apply makes a transition on images, from a random state of seed 1.
func apply(t *testing.T, engine *backends.Engine, transition samplers.Transition, x images) *tensors.Tensor {
	t.Helper()
	return call(t, engine, func(inputs []*Node) []*Node {
		_, y := transition.Apply(inputs[1], inputs[0])
		return []*Node{y}
	}, x.tensor(), seed(t))[0]
}

func seed(t *testing.T) *tensors.Tensor {
	t.Helper()
	random, err := RNGStateFromSeed(1)
	if err != nil {
		t.Fatal(err)
	}
	return random
}

func flat(x *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](x) }

// uniform checks values against the uniform distribution on [low, high]: none lies outside, and by the Kolmogorov-Smirnov test, whose
// statistic exceeds 2/√n with probability 0.0007, they are spread evenly.
func uniform(t *testing.T, what string, values []float64, low, high float64) {
	t.Helper()
	const rounding = 1e-4
	values = slices.Sorted(slices.Values(values))
	if first, last := values[0], values[len(values)-1]; first < low-rounding*(high-low) || last > high+rounding*(high-low) {
		t.Errorf("%s lies in [%g, %g], want [%g, %g]", what, first, last, low, high)
	}
	n, largest := float64(len(values)), 0.0
	for i, value := range values {
		p := (value - low) / (high - low)
		largest = max(largest, p-float64(i)/n, float64(i+1)/n-p)
	}
	if largest > 2/math.Sqrt(n) {
		t.Errorf("%s is not uniform in [%g, %g]: its distribution function is off by %.3f, for %g values at most %.3f is expected",
			what, low, high, largest, n, 2/math.Sqrt(n))
	}
}

// uncorrelated checks that the correlation of a and b is 0 within four standard errors.
func uncorrelated(t *testing.T, what string, a, b []float64) {
	t.Helper()
	if r := stat.Correlation(a, b, nil); math.Abs(r) > 4/math.Sqrt(float64(len(a))) {
		t.Errorf("%s correlate by %.3f", what, r)
	}
}

// frequency checks how many of n images were changed, within four standard errors.
func frequency(t *testing.T, what string, changed, n int, probability float64) {
	t.Helper()
	got, spread := float64(changed)/float64(n), math.Sqrt(probability*(1-probability)/float64(n))
	if math.Abs(got-probability) > 4*spread {
		t.Errorf("%s: %.3f of the images, want %.3f ± %.3f", what, got, probability, 4*spread)
	}
}

// changed tells of each image whether y differs from x.
func changed(x images, y *tensors.Tensor) []bool {
	after := flat(y)
	differ := make([]bool, x.dims[0])
	size := len(after) / len(differ)
	for i := range differ {
		differ[i] = !slices.Equal(x.values[i*size:(i+1)*size], after[i*size:(i+1)*size])
	}
	return differ
}

func count(flags []bool) (n int) {
	for _, flag := range flags {
		if flag {
			n++
		}
	}
	return n
}

func TestTransitionsKeepShapeAndRange(t *testing.T) {
	presets := map[string]samplers.Transition{
		"CIFAR-10": samplers.CIFAR10Transitions(),
		"CelebA":   samplers.CelebATransitions(),
		"ImageNet": samplers.ImageNetTransitions(),
		"STL-10":   samplers.STL10Transitions(),
		"objects":  samplers.ObjectTransitions(),
	}
	noisy := noise(24, 3, 12, 9)
	x := picture(func(image, channel, row, column int) float32 {
		switch image % 3 {
		case 0:
			return 0 // black
		case 1:
			return 1 // white
		}
		return noisy.values[((image*3+channel)*12+row)*9+column]
	}, 24, 3, 12, 9)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, transitions := range []map[string]samplers.Transition{each, presets} {
			for name, transition := range transitions {
				if err := transition.Check(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				y := apply(t, engine, transition, x)
				if err := y.Shape().CheckDims(x.dims...); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				for i, value := range flat(y) {
					if !(value >= 0 && value <= 1) {
						t.Fatalf("%s: entry %d is %v, outside [0, 1]", name, i, value)
					}
				}
			}
		}
	})
}

// Of equal images in a batch no two come out alike. A flip and grey have nothing to draw but whether they are made.
func TestEachImageDrawsItsOwn(t *testing.T) {
	const batch = 8
	x := picture(func(_, channel, row, column int) float32 {
		return float32(math.Mod(0.37*float64(7*channel+5*row+3*column), 1))
	}, batch, 3, 12, 12)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for name, transition := range each {
			if name == "flip" || name == "grey" || name == "shift" { // Two of 81 shifts are often the same.
				continue
			}
			y := flat(apply(t, engine, transition, x))
			size := len(y) / batch
			for i := range batch {
				for j := range i {
					if slices.Equal(y[i*size:(i+1)*size], y[j*size:(j+1)*size]) {
						t.Errorf("%s: images %d and %d came out alike", name, j, i)
					}
				}
			}
		}
	})
}

func TestProbability(t *testing.T) {
	const batch = 1000
	x := noise(batch, 3, 4, 4)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, p := range []float64{0, 0.2, 1} {
			for name, transition := range map[string]samplers.Transition{
				"flip":     samplers.HorizontalFlip{Probability: p},
				"jitter":   samplers.ColourJitter{Brightness: 0.8, Contrast: 0.8, Saturation: 0.8, Hue: 0.4, Probability: p},
				"grey":     samplers.Grey{Probability: p},
				"blur":     samplers.GaussianBlur{MinSigma: 1, MaxSigma: 2, Kernel: 3, Probability: p},
				"rotation": samplers.Rotation{Degrees: 90, Probability: p},
			} {
				frequency(t, name, count(changed(x, apply(t, engine, transition, x))), batch, p)
			}
		}
	})
}

func TestNoTransition(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		x := noise(2, 3, 4, 4)
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			random, y := samplers.Transitions{}.Apply(inputs[1], inputs[0])
			_, numbers := RandomUniform(random, shapes.Make(dtypes.Float32, 4))
			_, want := RandomUniform(inputs[1], shapes.Make(dtypes.Float32, 4))
			return []*Node{OneMinus(OneMinus(y)), numbers, want}
		}, x.tensor(), seed(t))
		near(t, "images", outputs[0], x.values, 1e-6)
		near(t, "the next random numbers", outputs[1], flat(outputs[2]), 0)
	})
}

// Transitions follow one another: the second acts on what the first made, with new random numbers.
func TestTransitionsFollowOneAnother(t *testing.T) {
	const batch = 400
	x := picture(func(_, _, _, column int) float32 { return float32(column) }, batch, 3, 1, 2)
	half := samplers.HorizontalFlip{Probability: 0.5}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		once := samplers.Transitions{samplers.HorizontalFlip{Probability: 1}}
		near(t, "flipped twice", apply(t, engine, append(once, once...), x), x.values, 0)
		// The same numbers would flip each image twice or never.
		frequency(t, "flipped by one of two", count(changed(x, apply(t, engine, samplers.Transitions{half, half}, x))), batch, 0.5)
	})
}

func TestTransitionsFollowTheState(t *testing.T) {
	x := noise(4, 3, 12, 12)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		transitions := samplers.CIFAR10Transitions()
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			random, first := transitions.Apply(inputs[1], inputs[0])
			_, again := transitions.Apply(inputs[1], inputs[0])
			_, next := transitions.Apply(random, inputs[0])
			return []*Node{first, again, next}
		}, x.tensor(), seed(t))
		near(t, "again from the same state", outputs[1], flat(outputs[0]), 0)
		if slices.Equal(flat(outputs[0]), flat(outputs[2])) {
			t.Error("the next state made the same changes again")
		}
	})
}

// No gradient flows to x, while y can still be differentiated at, as a chain does that starts from it.
func TestTransitionsCutTheGradient(t *testing.T) {
	x := noise(2, 3, 6, 6)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for name, transition := range each {
			outputs := call(t, engine, func(inputs []*Node) []*Node {
				_, y := transition.Apply(inputs[1], inputs[0])
				loss := ReduceAllSum(Square(y))
				gradients := Gradient(loss, inputs[0], y)
				return []*Node{gradients[0], gradients[1], MulScalar(y, 2)}
			}, x.tensor(), seed(t))
			near(t, name+": gradient in x", outputs[0], make([]float32, len(x.values)), 0)
			near(t, name+": gradient in y", outputs[1], flat(outputs[2]), 1e-6)
		}
	})
}

func TestTransitionsRefuseWhatIsNotImages(t *testing.T) {
	engine := backendtest.Go(t)
	refused := func(what string, transition samplers.Transition, x *tensors.Tensor, message string) {
		t.Helper()
		exec, err := NewExec(engine.Backend, func(inputs []*Node) *Node {
			_, y := transition.Apply(inputs[1], inputs[0])
			return y
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = exec.Call(x, seed(t)); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: error %v, want one that says %q", what, err, message)
		}
	}
	for name, transition := range each {
		refused(name+" of points", transition, tensors.FromShape(shapes.Make(dtypes.Float32, 4, 2)), "must be images")
		refused(name+" of bytes", transition, tensors.FromShape(shapes.Make(dtypes.Uint8, 2, 3, 4, 4)), "must be images")
	}
	twoChannels := tensors.FromShape(shapes.Make(dtypes.Float32, 1, 2, 4, 4))
	refused("jitter of two channels", each["jitter"], twoChannels, "must have one channel, grey, or three")
	refused("grey of two channels", each["grey"], twoChannels, "must have one channel, grey, or three")
	refused("blur of small images", each["blur"], tensors.FromShape(shapes.Make(dtypes.Float32, 1, 3, 4, 2)),
		"a kernel of 5 pixels needs images of at least 3")
}

func TestTransitionCheck(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		transition samplers.Transition
		message    string
	}{
		{samplers.RandomResizedCrop{}, "scales are [0, 0]"},
		{samplers.RandomResizedCrop{MinScale: 0.5, MaxScale: 0.4, MinRatio: 1, MaxRatio: 1}, "scales are [0.5, 0.4]"},
		{samplers.RandomResizedCrop{MinScale: 0.5, MaxScale: 1.1, MinRatio: 1, MaxRatio: 1}, "scales are [0.5, 1.1]"},
		{samplers.RandomResizedCrop{MinScale: nan, MaxScale: 1, MinRatio: 1, MaxRatio: 1}, "scales are [NaN, 1]"},
		{samplers.RandomResizedCrop{MinScale: 0.5, MaxScale: 1}, "ratios are [0, 0]"},
		{samplers.RandomResizedCrop{MinScale: 0.5, MaxScale: 1, MinRatio: 1.1, MaxRatio: 2}, "ratios are [1.1, 2]"},
		{samplers.RandomResizedCrop{MinScale: 0.5, MaxScale: 1, MinRatio: 0.5, MaxRatio: 0.9}, "ratios are [0.5, 0.9]"},
		{samplers.RandomResizedCrop{MinScale: 0.5, MaxScale: 1, MinRatio: 0.5, MaxRatio: inf}, "ratios are [0.5, +Inf]"},
		{samplers.RandomShift{}, "padding is 0"},
		{samplers.RandomShift{Padding: -4}, "padding is -4"},
		{samplers.HorizontalFlip{}, "horizontal flip: probability is 0; it must be above 0 and at most 1 (the paper's is 0.5)"},
		{samplers.HorizontalFlip{Probability: 1.5}, "probability is 1.5"},
		{samplers.HorizontalFlip{Probability: nan}, "probability is NaN"},
		{samplers.ColourJitter{}, "are all 0"},
		{samplers.ColourJitter{Brightness: 0.8}, "colour jitter: probability is 0"},
		{samplers.ColourJitter{Brightness: -0.8, Probability: 1}, "brightness is -0.8"},
		{samplers.ColourJitter{Contrast: inf, Probability: 1}, "contrast is +Inf"},
		{samplers.ColourJitter{Saturation: nan, Probability: 1}, "saturation is NaN"},
		{samplers.ColourJitter{Hue: 0.6, Probability: 1}, "hue is 0.6"},
		{samplers.Grey{Probability: -0.2}, "grey: probability is -0.2"},
		{samplers.GaussianBlur{Kernel: 5, Probability: 1}, "sigmas are [0, 0]"},
		{samplers.GaussianBlur{MinSigma: 2, MaxSigma: 1, Kernel: 5, Probability: 1}, "sigmas are [2, 1]"},
		{samplers.GaussianBlur{MinSigma: 1, MaxSigma: 2, Kernel: 4, Probability: 1}, "kernel is 4"},
		{samplers.GaussianBlur{MinSigma: 1, MaxSigma: 2, Kernel: 1, Probability: 1}, "kernel is 1"},
		{samplers.GaussianBlur{MinSigma: 1, MaxSigma: 2, Kernel: 5}, "gaussian blur: probability is 0"},
		{samplers.Rotation{Probability: 1}, "degrees are 0"},
		{samplers.Rotation{Degrees: 181, Probability: 1}, "degrees are 181"},
		{samplers.Rotation{Degrees: 10}, "rotation: probability is 0"},
		{samplers.Transitions{samplers.Grey{Probability: 1}, samplers.RandomShift{}}, "transition 2: random shift: padding is 0"},
	} {
		if err := test.transition.Check(); err == nil || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%+v: error %v, want one that says %q", test.transition, err, test.message)
		}
	}
}
