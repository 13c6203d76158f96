package samplers_test

import (
	"testing"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/samplers"
)

func TestGrey(t *testing.T) {
	x := rows(4, [][]colour{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}}})
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		near(t, "grey", apply(t, engine, samplers.Grey{Probability: 1}, x), []float32{
			0.299, 0.587, 0.114, 1,
			0.299, 0.587, 0.114, 1,
			0.299, 0.587, 0.114, 1,
		}, 1e-6)
		oneChannel := noise(2, 1, 3, 3)
		near(t, "grey of one channel", apply(t, engine, samplers.Grey{Probability: 1}, oneChannel), oneChannel.values, 0)
	})
}
