package samplers_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/floats"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

type colour [3]float64

// hsv is the textbook's: hue in [0, 1), saturation and value.
func hsv(c colour) (h, s, v float64) {
	v = max(c[0], c[1], c[2])
	chroma := v - min(c[0], c[1], c[2])
	if chroma == 0 {
		return 0, 0, v
	}
	switch v {
	case c[0]:
		h = (c[1] - c[2]) / chroma / 6
	case c[1]:
		h = (c[2]-c[0])/chroma/6 + 1.0/3
	default:
		h = (c[0]-c[1])/chroma/6 + 2.0/3
	}
	return h - math.Floor(h), chroma / v, v
}

// rgb is its inverse, by the six sectors of the circle.
func rgb(h, s, v float64) colour {
	sector := math.Floor(h * 6)
	f := h*6 - sector
	p, q, t := v*(1-s), v*(1-s*f), v*(1-s*(1-f))
	return []colour{{v, t, p}, {q, v, p}, {p, v, t}, {p, q, v}, {t, p, v}, {v, p, q}}[int(sector)%6]
}

func turned(c colour, turn float64) colour {
	h, s, v := hsv(c)
	h += turn
	return rgb(h-math.Floor(h), s, v)
}

func lumaOf(c colour) float64 { return 0.299*c[0] + 0.587*c[1] + 0.114*c[2] }

// operate is one operation on the pixels of one image, as it is defined.
func operate(pixels []colour, operation int, amount float64) []colour {
	mean := 0.0
	for _, c := range pixels {
		mean += lumaOf(c) / float64(len(pixels))
	}
	changed := make([]colour, len(pixels))
	for i, c := range pixels {
		if operation == 3 {
			changed[i] = turned(c, amount)
			continue
		}
		other := []float64{0, mean, lumaOf(c)}[operation]
		for k := range c {
			changed[i][k] = min(max(amount*c[k]+(1-amount)*other, 0), 1)
		}
	}
	return changed
}

// rows makes images of the pixels of each, in rows of a width.
func rows(width int, batch [][]colour) images {
	return picture(func(image, channel, row, column int) float32 {
		return float32(batch[image][row*width+column][channel])
	}, len(batch), 3, len(batch[0])/width, width)
}

func randomColours(count, pixels int) [][]colour {
	random := rand.New(rand.NewPCG(3, 4))
	batch := make([][]colour, count)
	for i := range batch {
		for range pixels {
			batch[i] = append(batch[i], colour{random.Float64(), random.Float64(), random.Float64()})
		}
	}
	return batch
}

// A third of the circle leads from red to green, from green to blue, from blue to red.
func TestTurnHue(t *testing.T) {
	red, yellow, green, cyan, blue := colour{1, 0, 0}, colour{1, 1, 0}, colour{0, 1, 0}, colour{0, 1, 1}, colour{0, 0, 1}
	dark, grey, black := colour{0.5, 0.25, 0.25}, colour{0.4, 0.4, 0.4}, colour{}
	x := []colour{red, green, blue, yellow, dark, grey, black}
	turns := []float32{0, 1.0 / 3, -1.0 / 3, 1, 1.0 / 6, 0.5}
	want := [][]colour{
		x,
		{green, blue, red, cyan, {0.25, 0.5, 0.25}, grey, black},
		{blue, red, green, {1, 0, 1}, {0.25, 0.25, 0.5}, grey, black},
		x,
		{yellow, cyan, {1, 0, 1}, green, {0.5, 0.5, 0.25}, grey, black},
		{cyan, {1, 0, 1}, yellow, blue, {0.25, 0.5, 0.5}, grey, black},
	}
	batch := slices.Repeat([][]colour{x}, len(turns))
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			return []*Node{samplers.TurnHue(inputs[0], inputs[1])}
		}, rows(1, batch).tensor(), turns)
		near(t, "turned", outputs[0], rows(1, want).values, 1e-6)
	})
}

func TestTurnHueIsTheTextbooks(t *testing.T) {
	batch := randomColours(40, 50)
	turns, want := make([]float32, len(batch)), make([][]colour, len(batch))
	for i := range batch {
		turns[i] = -0.5 + float32(i)/float32(len(batch)-1)
		for _, c := range batch[i] {
			want[i] = append(want[i], turned(c, float64(turns[i])))
		}
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			return []*Node{samplers.TurnHue(inputs[0], inputs[1])}
		}, rows(1, batch).tensor(), turns)
		near(t, "turned", outputs[0], rows(1, want).values, 2e-6)
	})
}

// All 24 orders of the four operations, each on an image of its own.
func TestAdjust(t *testing.T) {
	var orders [][4]int
	for i := range 4 * 4 * 4 * 4 {
		order := [4]int{i / 64, i / 16 % 4, i / 4 % 4, i % 4}
		if used := 1<<order[0] | 1<<order[1] | 1<<order[2] | 1<<order[3]; used == 15 {
			orders = append(orders, order)
		}
	}
	const width, pixels = 2, 6
	batch := randomColours(len(orders), pixels)
	want := make([][]colour, len(orders))
	amounts, places := make([][]float32, 4), make([][]float32, 4) // By operation, then by image.
	random := rand.New(rand.NewPCG(5, 6))
	for i, order := range orders {
		for operation, top := range []float64{1.8, 1.8, 1.8, 0.4} {
			amounts[operation] = append(amounts[operation], float32(top*random.Float64()))
			places[operation] = append(places[operation], 0)
		}
		want[i] = batch[i]
		for place, operation := range order {
			places[operation][i] = float32(place)
			want[i] = operate(want[i], operation, float64(amounts[operation][i]))
		}
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			return []*Node{samplers.Adjust(inputs[0], inputs[1:4], inputs[4], inputs[5:9])}
		}, rows(width, batch).tensor(), amounts[0], amounts[1], amounts[2], amounts[3], places[0], places[1], places[2], places[3])
		near(t, "adjusted", outputs[0], rows(width, want).values, 1e-5)
	})
}

// Factors of 1 and a turn of 0 are the identity; a factor of 0 leaves black, the mean luma, the luma.
func TestAdjustAtTheEnds(t *testing.T) {
	pixels := []colour{{1, 0, 0}, {0, 0, 0.5}} // luma 0.299 and 0.057, mean 0.178
	batch := [][]colour{pixels, pixels, pixels, pixels}
	want := [][]colour{
		pixels,
		{{}, {}},
		{{0.178, 0.178, 0.178}, {0.178, 0.178, 0.178}},
		{{0.299, 0.299, 0.299}, {0.057, 0.057, 0.057}},
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			return []*Node{samplers.Adjust(inputs[0], inputs[1:4], inputs[4], inputs[5:9])}
		}, rows(1, batch).tensor(),
			[]float32{1, 0, 1, 1}, []float32{1, 1, 0, 1}, []float32{1, 1, 1, 0}, []float32{0, 0, 0, 0},
			[]float32{0, 0, 0, 0}, []float32{1, 1, 1, 1}, []float32{2, 2, 2, 2}, []float32{3, 3, 3, 3})
		near(t, "adjusted", outputs[0], rows(1, want).values, 1e-6)
	})
}

func TestRanks(t *testing.T) {
	keys := [][]float32{{0.3, 0.5}, {0.1, 0.2}, {0.9, 0.5}, {0.2, 0.5}} // By key, then by image; the second image has equal ones.
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, samplers.Ranks, keys[0], keys[1], keys[2], keys[3])
		for i, want := range [][]float32{{2, 1}, {0, 0}, {3, 2}, {1, 3}} {
			near(t, "places", outputs[i], want, 0)
		}
	})
}

// Images on which the random amounts can be read off.
func TestColourJitterKeepsItsRanges(t *testing.T) {
	const batch = 2000
	pixel := func(c colour) []colour { return []colour{c} }
	for name, test := range map[string]struct {
		jitter    samplers.ColourJitter
		pixels    []colour
		amount    func(y []colour) float64
		low, high float64
	}{
		"brightness": {samplers.ColourJitter{Brightness: 0.8}, pixel(colour{0.5, 0.5, 0.5}),
			func(y []colour) float64 { return y[0][0] / 0.5 }, 0.2, 1.8},
		"brightness above 1": {samplers.ColourJitter{Brightness: 2}, pixel(colour{0.25, 0.25, 0.25}),
			func(y []colour) float64 { return y[0][0] / 0.25 }, 0, 3},
		"contrast": {samplers.ColourJitter{Contrast: 0.8}, []colour{{0.4, 0.4, 0.4}, {0.6, 0.6, 0.6}},
			func(y []colour) float64 { return (y[1][0] - y[0][0]) / 0.2 }, 0.2, 1.8},
		"saturation": {samplers.ColourJitter{Saturation: 0.4}, pixel(colour{0.6, 0.5, 0.4}),
			func(y []colour) float64 { return (y[0][0] - y[0][2]) / 0.2 }, 0.6, 1.4},
		"hue": {samplers.ColourJitter{Hue: 0.4}, pixel(colour{0.25, 0.75, 0.75}), // cyan, half a circle from red
			func(y []colour) float64 { h, _, _ := hsv(y[0]); return h - 0.5 }, -0.4, 0.4},
	} {
		t.Run(name, func(t *testing.T) {
			x := rows(1, slices.Repeat([][]colour{test.pixels}, batch))
			backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
				test.jitter.Probability = 0.5
				output := apply(t, engine, test.jitter, x)
				y, made := flat(output), changed(x, output)
				var amounts []float64
				pixels := len(test.pixels)
				for i := range batch {
					if !made[i] { // Whether it is made must not depend on how.
						continue
					}
					colours := make([]colour, pixels)
					for k := range 3 * pixels {
						colours[k%pixels][k/pixels] = float64(y[i*3*pixels+k])
					}
					amounts = append(amounts, test.amount(colours))
				}
				uniform(t, name, amounts, test.low, test.high)
			})
		})
	}
}

// Saturation before hue keeps the luma of the image, after it that of the turned image:
//
//	value' = luma + f (value - luma)
//
// The chroma tells f, the hue the turn, and the value then which of the two came first.
func TestColourJitterOrdersAtRandom(t *testing.T) {
	const batch = 1000
	before := colour{0.6, 0.4, 0.4}
	x := picture(func(_, channel, _, _ int) float32 { return float32(before[channel]) }, batch, 3, 1, 1)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		y := flat(apply(t, engine, samplers.ColourJitter{Saturation: 0.8, Hue: 0.4, Probability: 1}, x))
		var turns, factors, saturationFirst []float64
		for i := range batch {
			h, s, value := hsv(colour{float64(y[3*i]), float64(y[3*i+1]), float64(y[3*i+2])})
			f := s * value / 0.2
			valueBy := func(luma float64) float64 { return luma + f*(before[0]-luma) }
			first, last := valueBy(lumaOf(before)), valueBy(lumaOf(turned(before, h)))
			if math.Abs(first-last) < 1e-4 {
				continue
			}
			isFirst := 0.0
			switch {
			case math.Abs(value-first) < 1e-5:
				isFirst = 1
			case math.Abs(value-last) > 1e-5:
				t.Errorf("image %d: value %g, want %g or %g", i, value, first, last)
			}
			turns, factors, saturationFirst = append(turns, h-math.Round(h)), append(factors, f), append(saturationFirst, isFirst)
		}
		if len(turns) < batch*9/10 {
			t.Errorf("the order can be told of %d images of %d", len(turns), batch)
		}
		frequency(t, "saturation first", int(floats.Sum(saturationFirst)), len(turns), 0.5)
		uncorrelated(t, "the order and the turn of the hue", saturationFirst, turns)
		uncorrelated(t, "the order and the factor of the saturation", saturationFirst, factors)
	})
}

func TestColourJitterOfOneChannel(t *testing.T) {
	x := noise(20, 1, 3, 3)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		colours := samplers.ColourJitter{Saturation: 0.8, Hue: 0.4, Probability: 1}
		near(t, "saturation and hue", apply(t, engine, colours, x), x.values, 1e-6)
		brightness := samplers.ColourJitter{Brightness: 0.8, Probability: 1}
		if n := count(changed(x, apply(t, engine, brightness, x))); n != 20 {
			t.Errorf("brightness changed %d of 20 images of one channel", n)
		}
	})
}
