package backends

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	onnx "github.com/gomlx/compute-onnx"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

func onnxEngine(t *testing.T) *onnxCPU {
	return openOrSkip(t, "onnx:cpu").Backend.(*onnxCPU)
}

// A convolution is the same in blocks and out of them, whatever part of a block its channels fill, on the same inputs, a scalar among them, in one
// graph with the convolution of its own output.
func TestBlockedConvolutions(t *testing.T) {
	engine := onnxEngine(t)
	if engine.block() == 0 {
		t.Skip("ONNX Runtime has no blocked convolutions for this processor")
	}
	plain := &onnxCPU{engine.Backend, func() int { return 0 }, engine.compiling}
	for _, c := range []struct{ batch, in, out, size, height, width int }{
		{2, 16, 16, 3, 8, 8}, {3, 32, 48, 3, 5, 7}, {1, 16, 3, 3, 9, 4}, {2, 16, 20, 5, 6, 6}, // in blocks
		{2, 16, 16, 1, 8, 8}, {2, 3, 16, 3, 8, 8}, {2, 20, 16, 3, 4, 4}, // out of them
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			twice := func(x, kernel, back, factor *Node) []*Node {
				y := Convolve(Mul(x, factor), kernel).AxesConfig(channelsFirst).PadSame().Done()
				z := Convolve(y, back).AxesConfig(channelsFirst).PadSame().Done()
				return []*Node{y, z, ReduceAllSum(Mul(z, x))}
			}
			var results [2][]*tensors.Tensor
			for i, backend := range []*onnxCPU{plain, engine} {
				random := rand.New(rand.NewPCG(1, 2))
				exec, err := NewExec(backend, twice)
				if err != nil {
					t.Fatal(err)
				}
				defer exec.Finalize()
				results[i], err = exec.Call(uniform(random, c.batch, c.in, c.height, c.width), uniform(random, c.out, c.in, c.size, c.size),
					uniform(random, c.in, c.out, c.size, c.size), float32(3))
				if err != nil {
					t.Fatal(err)
				}
			}
			for i, want := range results[0] {
				have := results[1][i]
				if !have.Shape().Equal(want.Shape()) || !have.InDelta(want, 1e-3) {
					t.Errorf("output %d: %v instead of %v", i, have, want)
				}
			}
		})
	}
}

// An output of such a graph is an input of the next, and may be given away to it.
func TestBuffersOfBlockedConvolutions(t *testing.T) {
	engine := onnxEngine(t)
	double, err := NewExec(engine, func(x *Node) *Node { return MulScalar(x, 2) })
	if err != nil {
		t.Fatal(err)
	}
	defer double.Finalize()
	x := tensors.FromFlatDataAndDimensions([]float32{1, 2}, 2)
	for range 3 {
		given, err := DonateTensorBuffer(x, engine, 0)
		if err != nil {
			t.Fatal(err)
		}
		outputs, err := double.Call(given)
		if err != nil {
			t.Fatal(err)
		}
		x = outputs[0]
	}
	if have := tensors.MustCopyFlatData[float32](x); have[0] != 8 || have[1] != 16 {
		t.Errorf("1 and 2 doubled three times: %v", have)
	}
}

// A convolution that was asked for is a blocked one in the model, and a model that doesn't have those that were asked for stays as it is.
func TestUseBlocks(t *testing.T) {
	engine := onnxEngine(t)
	builder := engine.Builder("one convolution").(*onnxBuilder)
	must := func(value compute.Value, err error) compute.Value {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	x := must(builder.Main().Parameter("x", shapes.Make(dtypes.Float32, 1, 16, 4, 4), nil))
	kernel := must(builder.Main().Parameter("kernel", shapes.Make(dtypes.Float32, 8, 16, 3, 3), nil))
	y := must(builder.Main().ConvGeneral(x, kernel, channelsFirst, nil, [][2]int{{1, 1}, {1, 1}}, nil, nil, 1, 1))
	if err := builder.Main().Return([]compute.Value{y}, nil); err != nil {
		t.Fatal(err)
	}
	engine.compiling.Lock()
	defer engine.compiling.Unlock()
	engine.SetKeepModelProto(true)
	defer engine.SetKeepModelProto(false)
	compiled, err := builder.Builder.Compile()
	if err != nil {
		t.Fatal(err)
	}
	defer compiled.Finalize()
	executable := compiled.(*onnx.Executable)
	blocked := func() (operations []string) {
		for _, node := range executable.ModelProto().Graph.Node {
			if node.Domain == blockedDomain {
				operations = append(operations, node.OpType)
			}
		}
		return operations
	}

	if useBlocks(executable, append(builder.main.asked, convolution{}), 8) || len(blocked()) > 0 {
		t.Error("a model without one of two convolutions was changed")
	}
	if !useBlocks(executable, builder.main.asked, 8) || !slices.Equal(blocked(), []string{"ReorderInput", "Conv", "ReorderOutput"}) {
		t.Errorf("the model's blocked operations are %q", blocked())
	}
}
