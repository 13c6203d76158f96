package backends

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"

	"github.com/gomlx/compute"
	onnx "github.com/gomlx/compute-onnx"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"google.golang.org/protobuf/proto"
)

// This file puts ONNX Runtime's blocked convolutions, which take two thirds to a half of the time of its plain ones, into graphs that compute their
// kernels. ONNX Runtime uses them itself where a kernel is constant; in training none is. They belong to a domain of operations that GoMLX's
// engine doesn't write, but its finished models can be changed.
//
// In blocks of b channels an image [N, C, H, W] lies in memory as [N, C/b, H, W, b], and a kernel [O, I, k, l] as
// [O/b, I/b, k, l, b of I, b of O]. Which b it is, ONNX Runtime chooses by the processor.

const (
	blockedDomain = "com.microsoft.nchwc"
	// mostNodes is how many nodes a model may have to be changed, for then it is compiled a second time. For 36,000 ONNX Runtime takes half a
	// minute (two cores), and the time grows faster than the model. The chains, where most of a training's convolutions are, have far fewer.
	mostNodes = 40_000
)

// convolution is one that a graph asks for, by its kernel [out, in, height, width].
type convolution struct {
	plain                  bool // without strides, dilations or groups, of float32 images with channels first
	out, in, height, width int
}

// pays says whether a blocked convolution is the faster: not for products of channels alone, and not for the few channels of an image.
func (c convolution) pays(block int) bool {
	return c.plain && c.height*c.width > 1 && block > 0 && c.in%block == 0
}

// convolutions builds a graph and keeps what convolutions it has, in the order in which the engine's model will have them.
type convolutions struct {
	*onnx.Function
	asked []convolution
}

// channelsFirst has the axes of x [N, C, H, W], kernel [O, I, k, l] and output [N, O, H, W].
var channelsFirst = compute.ConvolveAxesConfig{
	InputChannels: 1, InputSpatial: []int{2, 3},
	KernelInputChannels: 1, KernelSpatial: []int{2, 3},
	OutputChannels: 1, OutputSpatial: []int{2, 3},
}

// ConvGeneral is the engine's.
func (f *convolutions) ConvGeneral(x, kernel compute.Value, axes compute.ConvolveAxesConfig, strides []int, paddings [][2]int,
	inputDilations, kernelDilations []int, channelGroups, batchGroups int) (compute.Value, error) {
	y, err := f.Function.ConvGeneral(x, kernel, axes, strides, paddings, inputDilations, kernelDilations, channelGroups, batchGroups)
	if err != nil {
		return nil, err
	}
	shape, err := f.Shape(kernel)
	if err != nil {
		return nil, err
	}
	ones := func(numbers []int) bool { return !slices.ContainsFunc(numbers, func(n int) bool { return n > 1 }) }
	var c convolution
	if reflect.DeepEqual(axes, channelsFirst) && shape.DType == dtypes.Float32 {
		c = convolution{
			ones(strides) && ones(inputDilations) && ones(kernelDilations) && channelGroups <= 1 && batchGroups <= 1,
			shape.Dim(0), shape.Dim(1), shape.Dim(2), shape.Dim(3),
		}
	}
	f.asked = append(f.asked, c)
	return y, nil
}

// useBlocks makes the model's convolutions that pay blocked ones, and on the way leaves out transpositions that change nothing. It leaves the model
// as it is, and says so, where that is too large or doesn't have the convolutions that were asked for.
func useBlocks(executable *onnx.Executable, asked []convolution, block int) bool {
	model := executable.ModelProto()
	graph := model.Graph
	written := 0
	for _, node := range graph.Node {
		if node.OpType == "Conv" {
			written++
		}
	}
	if written != len(asked) || len(graph.Node) > mostNodes {
		return false
	}

	nodes := graph.Node[:0:0]
	for _, node := range graph.Node {
		if node.OpType == "Transpose" && slices.IsSorted(node.Attribute[0].Ints) { // The engine's before it takes rows: a copy of all of a data set.
			node.OpType, node.Attribute = "Identity", nil
		}
		if node.OpType != "Conv" {
			nodes = append(nodes, node)
			continue
		}
		c := asked[0]
		asked = asked[1:]
		if !c.pays(block) {
			nodes = append(nodes, node)
			continue
		}

		// The engine's types for a model can be used, but not named.
		image, kernel, output := node.Input[0], node.Input[1], node.Output[0]
		numbers := func(of string, values ...int) string {
			added := likeOf(graph.Initializer)
			added.Name, added.DataType, added.Dims = output+of, int64Type, []int64{int64(len(values))}
			for _, v := range values {
				added.Int64Data = append(added.Int64Data, int64(v))
			}
			graph.Initializer = append(graph.Initializer, added)
			return added.Name
		}
		add := func(domain, operation, of string, inputs ...string) string {
			added := like(node)
			added.Domain, added.OpType, added.Input, added.Output = domain, operation, inputs, []string{output + of}
			nodes = append(nodes, added)
			return added.Output[0]
		}
		last := func() int { return len(nodes) - 1 }
		pads := node.Attribute[0] // The first of a convolution's attributes, and a pattern for others.
		order, channels := like(pads), like(pads)
		order.Name, order.Type, order.Ints = "perm", pads.Type, []int64{0, 2, 4, 5, 3, 1}
		channels.Name, channels.Type, channels.I = "channels", intAttribute, int64(c.out)

		filled := (c.out + block - 1) / block * block
		if filled > c.out {
			kernel = add("", "Pad", "_filled", kernel, numbers("_margins", 0, 0, 0, 0, filled-c.out, 0, 0, 0))
		}
		kernel = add("", "Reshape", "_parts", kernel, numbers("_split", filled/block, block, c.in/block, block, c.height, c.width))
		kernel = add("", "Transpose", "_ordered", kernel)
		nodes[last()].Attribute = append(nodes[last()].Attribute, order)
		kernel = add("", "Reshape", "_blocks", kernel, numbers("_whole", filled, c.in, c.height, c.width))
		image = add(blockedDomain, "ReorderInput", "_image", image)
		image = add(blockedDomain, "Conv", "_convolved", image, kernel)
		nodes[last()].Attribute = node.Attribute
		add(blockedDomain, "ReorderOutput", "", image)
		nodes[last()].Attribute = append(nodes[last()].Attribute, channels)
	}
	graph.Node = nodes
	domain := like(model.OpsetImport[0])
	domain.Domain, domain.Version = blockedDomain, 1
	model.OpsetImport = append(model.OpsetImport, domain)
	return true
}

// Of ONNX's TensorProto.DataType and AttributeProto.AttributeType.
const (
	int64Type    = 7
	intAttribute = 2
)

// like is a new message of m's type, and likeOf one of the type of the list's.
func like[M proto.Message](m M) M {
	return m.ProtoReflect().New().Interface().(M)
}

func likeOf[M proto.Message]([]M) M {
	var none M
	return like(none)
}

// blockSize is how many channels ONNX Runtime puts into a block on this processor: the number with which its blocked convolutions give what
// its plain ones do; 0 if there is none.
func blockSize(backend *onnx.Backend, compiling *sync.Mutex) int {
	random := rand.New(rand.NewPCG(1, 2))
	image, kernel := uniform(random, 1, 16, 4, 4), uniform(random, 16, 16, 3, 3)
	size := 0
	engine := &onnxCPU{backend, func() int { return size }, compiling}
	convolved := func() (*tensors.Tensor, error) {
		return graph.CallOnce(engine, func(x, kernel *graph.Node) *graph.Node {
			return graph.Convolve(x, kernel).AxesConfig(channelsFirst).PadSame().Done()
		}, image, kernel)
	}
	plain, err := convolved()
	if err != nil {
		return 0
	}
	for _, size = range []int{8, 16} {
		if blocked, err := convolved(); err == nil && blocked.InDelta(plain, 1e-3) {
			return size
		}
	}
	return 0
}

// uniform draws a tensor's numbers from U(-0.5, 0.5).
func uniform(random *rand.Rand, dimensions ...int) *tensors.Tensor {
	numbers := make([]float32, shapes.Make(dtypes.Float32, dimensions...).Size())
	for i := range numbers {
		numbers[i] = random.Float32() - 0.5
	}
	return tensors.FromFlatDataAndDimensions(numbers, dimensions...)
}
