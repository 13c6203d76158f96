package samplers_test

import (
	"testing"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

func TestHorizontalFlip(t *testing.T) {
	x := picture(func(_, channel, row, column int) float32 {
		return 0.5*float32(channel) + 0.3*float32(row) + 0.1*float32(column)
	}, 1, 2, 2, 3)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		near(t, "flip", apply(t, engine, samplers.HorizontalFlip{Probability: 1}, x), []float32{
			0.2, 0.1, 0,
			0.5, 0.4, 0.3,
			0.7, 0.6, 0.5,
			1, 0.9, 0.8,
		}, 1e-6)
	})
}
