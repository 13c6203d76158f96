package layers_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/layers"
)

// Attention by plain loops over positions.
func TestSelfAttentionIsTheFormula(t *testing.T) {
	const channels, inner, positions = 16, 2, 6
	random := rand.New(rand.NewPCG(1, 2))
	x := normals(random, channels*positions)
	parameters := map[string][]float32{
		"query_conv/weight": normals(random, inner*channels), "query_conv/bias": normals(random, inner),
		"key_conv/weight": normals(random, inner*channels), "key_conv/bias": normals(random, inner),
		"value_conv/weight": normals(random, channels*channels), "value_conv/bias": normals(random, channels),
		"gamma": {0.7},
	}
	at := func(name string, out, position int) float64 { // of a 1x1 convolution
		sum := float64(parameters[name+"/bias"][out])
		for c := range channels {
			sum += float64(parameters[name+"/weight"][out*channels+c]) * float64(x[c*positions+position])
		}
		return sum
	}
	var want []float32
	for c := range channels {
		for i := range positions {
			var norm, attended float64
			for j := range positions {
				var product float64
				for k := range inner {
					product += at("query_conv", k, i) * at("key_conv", k, j)
				}
				norm += math.Exp(product)
				attended += math.Exp(product) * at("value_conv", c, j)
			}
			want = append(want, x[c*positions+i]+float32(0.7*attended/norm))
		}
	}

	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		store := model.NewStore()
		for name, values := range parameters {
			dims := []int{len(values)}
			if len(values)%channels == 0 && name != "value_conv/bias" {
				dims = []int{len(values) / channels, channels, 1, 1}
			}
			if _, err := store.CreateVariable("/"+name, tensors.FromFlatDataAndDimensions(values, dims...)); err != nil {
				t.Fatal(err)
			}
		}
		outputs := call(t, engine, store, func(scope *model.Scope, inputs []*Node) []*Node {
			return []*Node{layers.SelfAttention(scope, inputs[0])}
		}, tensors.FromFlatDataAndDimensions(x, 1, channels, 2, 3))
		near(t, "y", tensors.MustCopyFlatData[float32](outputs[0]), want, 2e-5)
	})
}

// At first gamma is 0, and attention changes nothing, however large the products: their softmax doesn't overflow.
func TestSelfAttentionBeginsAsTheIdentity(t *testing.T) {
	x := normals(rand.New(rand.NewPCG(3, 4)), 8*4)
	for i := range x {
		x[i] *= 1e4
	}
	outputs := call(t, backendtest.Go(t), model.NewStore(), func(scope *model.Scope, inputs []*Node) []*Node {
		return []*Node{layers.SelfAttention(scope, inputs[0])}
	}, tensors.FromFlatDataAndDimensions(x, 1, 8, 2, 2))
	near(t, "y", tensors.MustCopyFlatData[float32](outputs[0]), x, 0)
}

func TestSelfAttentionRefusesFewChannels(t *testing.T) {
	panics(t, func(g *Graph) {
		layers.SelfAttention(model.NewStore().RootScope(), Zeros(g, shapes.Make(dtypes.Float32, 1, 4, 2, 2)))
	}, "layers.SelfAttention", "[1, 4, 2, 2]", "at least 8")
}
