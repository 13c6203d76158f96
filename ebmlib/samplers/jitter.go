package samplers

import (
	"errors"
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// ColourJitter changes the colours of each image, with a probability, by four operations in random order, as torchvision's does:
//
//	brightness  x' = f x                    f uniform in [max(0, 1-Brightness), 1+Brightness]
//	contrast    x' = f x + (1-f) mean luma  f likewise
//	saturation  x' = f x + (1-f) luma       f likewise
//	hue         turned by a fraction of the circle, uniform in [-Hue, Hue], saturation and value of HSV kept
//
// The first three clamp their result to [0, 1]. The luma is that of [Grey], its mean taken over the image. Images of one channel have
// no colours: saturation and hue leave them as they are.
type ColourJitter struct {
	Brightness  float64 `json:"brightness"`
	Contrast    float64 `json:"contrast"`
	Saturation  float64 `json:"saturation"`
	Hue         float64 `json:"hue"`
	Probability float64 `json:"probability"`
}

// Check returns an error that names the setting that makes no sense.
func (j ColourJitter) Check() error {
	for _, setting := range []struct {
		name          string
		value, papers float64
	}{{"brightness", j.Brightness, 0.8}, {"contrast", j.Contrast, 0.8}, {"saturation", j.Saturation, 0.8}} {
		if !(setting.value >= 0) || math.IsInf(setting.value, 1) {
			return fmt.Errorf("colour jitter: %s is %g; it must not be negative (the paper's is %g)", setting.name, setting.value, setting.papers)
		}
	}
	if !(j.Hue >= 0 && j.Hue <= 0.5) {
		return fmt.Errorf("colour jitter: hue is %g; it must lie in [0, 0.5], half the circle (the paper's is 0.4)", j.Hue)
	}
	if j.Brightness == 0 && j.Contrast == 0 && j.Saturation == 0 && j.Hue == 0 {
		return errors.New("colour jitter: brightness, contrast, saturation and hue are all 0, which changes nothing: leave it out")
	}
	return checkProbability("colour jitter", j.Probability, "the paper's is 0.8")
}

// Apply changes the colours of some images. It panics if they have neither one channel nor three.
func (j ColourJitter) Apply(random, x *Node) (newRandom, y *Node) {
	checkImages(x)
	random, u := draw(random, x, 9)
	var factors []*Node
	for i, strength := range []float64{j.Brightness, j.Contrast, j.Saturation} {
		factors = append(factors, between(max(0, 1-strength), 1+strength, u[i]))
	}
	y = adjust(x, factors, between(-j.Hue, j.Hue, u[3]), ranks(u[4:8]))
	return random, sometimes(j.Probability, u[8], y, x)
}

// adjust makes the four operations by the factors of brightness, contrast and saturation and by a turn of the hue, in the order
// that places say, 0 to 3 for each operation; all are [batch]. At each place every operation is made, but those that have another
// one by a factor of 1 or a turn of 0.
func adjust(x *Node, factors []*Node, hue *Node, places []*Node) *Node {
	const contrast, saturation, turn = 1, 2, 3
	for place := range 4 {
		// is is 1 for the images that have an operation at this place, 0 for the others.
		is := func(operation int) *Node {
			return ConvertDType(Equal(places[operation], Scalar(x.Graph(), x.DType(), place)), x.DType())
		}
		change := ZerosLike(hue) // f - 1
		for operation, factor := range factors {
			change = Add(change, Mul(is(operation), MinusOne(factor)))
		}
		grey := luma(x)
		mean := ReduceAndKeep(grey, ReduceMean, 2, 3)
		other := Add(Mul(perImage(is(contrast)), mean), Mul(perImage(is(saturation)), grey))
		x = ClipScalar(Sub(Mul(perImage(OnePlus(change)), x), Mul(perImage(change), other)), 0, 1)
		x = turnHue(x, Mul(is(turn), hue))
	}
	return x
}

// ranks are the places, from 0, that keys [batch] have in ascending order. Of equal keys the first comes first.
func ranks(keys []*Node) []*Node {
	places := make([]*Node, len(keys))
	for i := range keys {
		places[i] = ZerosLike(keys[i])
		for j := range i {
			after := ConvertDType(LessOrEqual(keys[j], keys[i]), keys[i].DType())
			places[i] = Add(places[i], after)
			places[j] = Add(places[j], OneMinus(after))
		}
	}
	return places
}

// turnHue turns the hue by fractions of the circle [batch]. With value = max(red, green, blue), chroma = value - min(red, green,
// blue) and the hue in sixths of the circle, from red through green to blue, the channels of a colour are
//
//	value - chroma clamp(min(k, 4-k), 0, 1)    k = (n + hue) mod 6    n = 5 for red, 3 for green, 1 for blue
func turnHue(x, turns *Node) *Node {
	if x.Shape().Dim(1) == 1 {
		return x
	}
	channel := func(i int) *Node { return SliceAxis(x, 1, AxisElem(i)) }
	red, green, blue := channel(0), channel(1), channel(2)
	value := ReduceAndKeep(x, ReduceMax, 1)
	chroma := Sub(value, ReduceAndKeep(x, ReduceMin, 1))

	hue := Where(Equal(value, red), Sub(green, blue),
		Where(Equal(value, green), Add(MulScalar(chroma, 2), Sub(blue, red)), Add(MulScalar(chroma, 4), Sub(red, green))))
	hue = Div(hue, MaxScalar(chroma, 1e-12)) // A grey pixel has no chroma, and any hue.
	hue = Add(hue, MulScalar(perImage(turns), 6))

	k := Add(hue, Const(x.Graph(), [][][][]float32{{{{5}}, {{3}}, {{1}}}}))
	k = Sub(k, MulScalar(Floor(MulScalar(k, 1.0/6)), 6))
	return Sub(value, Mul(chroma, ClipScalar(Min(k, AddScalar(Neg(k), 4)), 0, 1)))
}
