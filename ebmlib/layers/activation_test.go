package layers_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers"
)

func TestSwish(t *testing.T) {
	x := []float32{-90, -20, -1.3, 0, 0.5, 7, 90}
	var value, slope []float32
	for _, v := range x {
		v := float64(v)
		sigma := 1 / (1 + math.Exp(-v))
		value = append(value, float32(v*sigma))
		slope = append(slope, float32(sigma+v*sigma*(1-sigma)))
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		outputs := call(t, engine, model.NewStore(), func(_ *model.Scope, inputs []*Node) []*Node {
			y := layers.Swish(inputs[0])
			return []*Node{y, Gradient(ReduceAllSum(y), inputs[0])[0]}
		}, x)
		near(t, "swish", tensors.MustCopyFlatData[float32](outputs[0]), value, 1e-5)
		near(t, "its derivative", tensors.MustCopyFlatData[float32](outputs[1]), slope, 1e-5)
	})
}
