package samplers_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

func TestCrop(t *testing.T) {
	// Columns 0, 0.2, 0.4, 0.6; a second row adds 0.1.
	x := picture(func(_, _, row, column int) float32 { return 0.2*float32(column) + 0.1*float32(row) }, 4, 1, 2, 4)
	top, left := []float32{0, 0, 0, 0.5}, []float32{0, 0.5, 0.25, 0}
	height, width := []float32{1, 1, 1, 0.5}, []float32{0.5, 0.5, 0.5, 1}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, func(inputs []*Node) []*Node {
			return []*Node{samplers.CropBy(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4])}
		}, x.tensor(), top, left, height, width)
		near(t, "crop", outputs[0], []float32{
			// The left half is read at columns -0.25, which is beyond the first one's middle, 0.25, 0.75, 1.25.
			0, 0.05, 0.15, 0.25,
			0.1, 0.15, 0.25, 0.35,
			// The right half: 1.75, 2.25, 2.75, and 3.25, beyond the last one's.
			0.35, 0.45, 0.55, 0.6,
			0.45, 0.55, 0.65, 0.7,
			// The middle: 0.75, 1.25, 1.75, 2.25.
			0.15, 0.25, 0.35, 0.45,
			0.25, 0.35, 0.45, 0.55,
			// The lower half: rows 0.75 and 1.25.
			0.075, 0.275, 0.475, 0.675,
			0.1, 0.3, 0.5, 0.7,
		}, 1e-6)
	})
}

func TestCropOfScaleOneIsTheIdentity(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, size := range []int{5, 28, 32} {
			x := noise(3, 3, size, size+2)
			whole := samplers.RandomResizedCrop{MinScale: 1, MaxScale: 1, MinRatio: 1, MaxRatio: 1}
			near(t, "crop", apply(t, engine, whole, x), x.values, 0)
			whole.MinRatio, whole.MaxRatio = 0.5, 2 // No other ratio than 1 fits.
			near(t, "crop", apply(t, engine, whole, x), x.values, 0)
		}
	})
}

func TestCropOfAConstant(t *testing.T) {
	x := constant(0.3, 50, 2, 9, 7)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		near(t, "crop", apply(t, engine, each["crop"], x), x.values, 1e-6)
	})
}

// Ramps of columns, in one channel, and of rows, in the other, tell the box: between the two middle columns, which lie inside the
// image whatever the box, the ramp climbs by the box's width, and half-way it is at the box's middle.
func TestCropBoxes(t *testing.T) {
	const batch, size = 2000, 16
	const minScale, maxScale, minRatio, maxRatio = 0.08, 1, 0.5, 1.25
	ramps := picture(func(_, channel, row, column int) float32 {
		return (float32([]int{column, row}[channel]) + 0.5) / size
	}, batch, 2, size, size)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		crop := samplers.RandomResizedCrop{MinScale: minScale, MaxScale: maxScale, MinRatio: minRatio, MaxRatio: maxRatio}
		y := flat(apply(t, engine, crop, ramps))
		at := func(image, channel, row, column int) float64 {
			return float64(y[((image*2+channel)*size+row)*size+column])
		}
		var areas, ratios, tops, lefts []float64
		for i := range batch {
			const low, high = size/2 - 1, size / 2
			width := size * (at(i, 0, 0, high) - at(i, 0, 0, low))
			height := size * (at(i, 1, high, 0) - at(i, 1, low, 0))
			left := (at(i, 0, 0, high)+at(i, 0, 0, low))/2 - width/2
			top := (at(i, 1, high, 0)+at(i, 1, low, 0))/2 - height/2
			area, ratio := width*height, width/height
			areas = append(areas, area)
			if area < minRatio { // Then any ratio fits.
				ratios = append(ratios, math.Log(ratio))
			} else if ratio < area-1e-4 || ratio > 1/area+1e-4 {
				t.Errorf("image %d: a box of area %g and ratio %g does not fit", i, area, ratio)
			}
			if width < 0.95 && height < 0.95 { // Else rounding blurs the place.
				lefts, tops = append(lefts, left/(1-width)), append(tops, top/(1-height))
			}
		}
		uniform(t, "the area", areas, minScale, maxScale)
		uniform(t, "the logarithm of the ratio", ratios, math.Log(minRatio), math.Log(maxRatio))
		uniform(t, "the place from left to right", lefts, 0, 1)
		uniform(t, "the place from top to bottom", tops, 0, 1)
		uncorrelated(t, "the two places", lefts, tops)
	})
}
