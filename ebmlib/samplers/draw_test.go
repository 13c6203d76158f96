package samplers_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

func TestDrawMakesCopiesOfEachImage(t *testing.T) {
	engine := backendtest.Go(t)
	images := tensors.FromValue([][][][]float32{{{{0.25, 0.5}}}, {{{0.75, 1}}}})
	draw := func(seed int64) []float32 {
		drawn, err := samplers.Transitions{samplers.HorizontalFlip{Probability: 0.5}}.Draw(engine, images, 20, seed)
		if err != nil {
			t.Fatal(err)
		}
		if err := drawn.Shape().CheckDims(40, 1, 1, 2); err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](drawn)
	}
	drawn := draw(1)
	flipped := make(map[bool]int)
	for i := range 40 {
		pair, image := drawn[2*i:2*i+2], []float32{0.25, 0.5}
		if i >= 20 {
			image = []float32{0.75, 1}
		}
		isFlipped := slices.Equal(pair, []float32{image[1], image[0]})
		if !isFlipped && !slices.Equal(pair, image) {
			t.Fatalf("copy %d is %v, neither %v nor that flipped", i, pair, image)
		}
		flipped[isFlipped]++
	}
	if flipped[true] < 5 || flipped[false] < 5 {
		t.Errorf("of 40 copies flipped with probability 0.5 %d were", flipped[true])
	}
	if !slices.Equal(draw(1), drawn) || slices.Equal(draw(2), drawn) {
		t.Error("what is drawn isn't that of the seed")
	}
}

func TestDrawRefuses(t *testing.T) {
	engine := backendtest.Go(t)
	images := tensors.FromValue([][][][]float32{{{{0.25, 0.5}}}})
	_, err := samplers.Transitions{samplers.Grey{}}.Draw(engine, images, 1, 1)
	if err == nil || !strings.Contains(err.Error(), "probability is 0") {
		t.Errorf("%v", err)
	}
	_, err = samplers.Transitions{}.Draw(engine, images, 0, 1)
	if err == nil || !strings.Contains(err.Error(), "0 copies") {
		t.Errorf("%v", err)
	}
	_, err = samplers.Transitions{samplers.Grey{Probability: 1}}.Draw(engine, tensors.FromValue([]float32{1}), 1, 1)
	if err == nil || !strings.Contains(err.Error(), "[1]") {
		t.Errorf("%v", err)
	}
}
