package backends

import (
	"fmt"
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

const blockedDomain = "com.microsoft.nchwc"

// kernelOrder brings a kernel [O/b, b, I/b, b, k, l] into blocks. It is what a blocked convolution is known by in the model.
var kernelOrder = []int{0, 2, 4, 5, 3, 1}

// channelsFirst has the axes of x [N, C, H, W], kernel [O, I, k, l] and output [N, O, H, W].
var channelsFirst = compute.ConvolveAxesConfig{
	InputChannels: 1, InputSpatial: []int{2, 3},
	KernelInputChannels: 1, KernelSpatial: []int{2, 3},
	OutputChannels: 1, OutputSpatial: []int{2, 3},
}

// blockedFunction builds a graph with ONNX Runtime's blocked convolutions, which take two thirds to a half of the time of its plain ones. ONNX
// Runtime uses them itself where a kernel is constant; in training none is. They belong to a domain of operations that GoMLX's engine doesn't write.
// So convolutions that suit are given a kernel in blocks as the graph is built, and made blocked ones in the finished model by useBlocks, before
// it runs.
//
// In blocks of b channels an image [N, C, H, W] lies in memory as [N, C/b, H, W, b], and a kernel [O, I, k, l] as
// [O/b, I/b, k, l, b of I, b of O]. Which b it is, ONNX Runtime chooses by the processor.
type blockedFunction struct {
	*onnx.Function
	block    func() int
	channels []int64 // that each convolution with a kernel in blocks gives
}

// ConvGeneral is the engine's, with the kernel in blocks where a blocked convolution is the faster: not for products of channels alone,
// and not for the few channels of an image. Where it gives few channels, zeros fill the block.
func (f *blockedFunction) ConvGeneral(x, kernel compute.Value, axes compute.ConvolveAxesConfig, strides []int, paddings [][2]int,
	inputDilations, kernelDilations []int, channelGroups, batchGroups int) (compute.Value, error) {
	direct := func(kernel compute.Value) (compute.Value, error) {
		return f.Function.ConvGeneral(x, kernel, axes, strides, paddings, inputDilations, kernelDilations, channelGroups, batchGroups)
	}
	shape, err := f.Shape(kernel)
	if err != nil {
		return nil, err
	}
	ones := func(numbers []int) bool { return !slices.ContainsFunc(numbers, func(n int) bool { return n > 1 }) }
	plain := shape.Rank() == 4 && shape.DType == dtypes.Float32 && reflect.DeepEqual(axes, channelsFirst) &&
		ones(strides) && ones(inputDilations) && ones(kernelDilations) && channelGroups <= 1 && batchGroups <= 1
	if !plain || shape.Dim(2)*shape.Dim(3) == 1 {
		return direct(kernel)
	}
	block := f.block()
	out, in := shape.Dim(0), shape.Dim(1)
	if block == 0 || in%block != 0 {
		return direct(kernel)
	}
	filled := (out + block - 1) / block * block
	if kernel, err = f.inBlocks(kernel, shape, filled, block); err != nil {
		return nil, err
	}
	y, err := direct(kernel)
	if err != nil {
		return nil, err
	}
	f.channels = append(f.channels, int64(filled))
	if filled == out {
		return y, nil
	}
	shape, err = f.Shape(y)
	if err != nil {
		return nil, err
	}
	return f.Slice(y, []int{0, 0, 0, 0}, []int{shape.Dim(0), out, shape.Dim(2), shape.Dim(3)}, []int{1, 1, 1, 1})
}

// inBlocks brings a kernel of that shape into blocks, with kernels of zeros after its own to make as many as are asked for.
func (f *blockedFunction) inBlocks(kernel compute.Value, shape shapes.Shape, filled, block int) (compute.Value, error) {
	out, in, height, width := shape.Dim(0), shape.Dim(1), shape.Dim(2), shape.Dim(3)
	if filled > out {
		zeros, err := f.Constant(make([]float32, (filled-out)*in*height*width), filled-out, in, height, width)
		if err != nil {
			return nil, err
		}
		if kernel, err = f.Concatenate(0, kernel, zeros); err != nil {
			return nil, err
		}
	}
	kernel, err := f.Reshape(kernel, filled/block, block, in/block, block, height, width)
	if err != nil {
		return nil, err
	}
	kernel, err = f.Transpose(kernel, kernelOrder...)
	if err != nil {
		return nil, err
	}
	return f.Reshape(kernel, filled, in, height, width)
}

// useBlocks makes a blocked convolution of each of the model's that has a kernel in blocks, with its image brought into blocks before and
// out of them after. channels has how many each gives, in their order.
func useBlocks(executable *onnx.Executable, channels []int64) error {
	model := executable.ModelProto()
	ordered, inBlocks := make(map[string]bool), make(map[string]bool)
	nodes, found := model.Graph.Node[:0:0], 0
	for _, node := range model.Graph.Node {
		switch {
		case node.OpType == "Transpose" && slices.IsSorted(node.Attribute[0].Ints): // The engine's before it takes rows: a copy of all of a data set.
			node.OpType, node.Attribute = "Identity", nil
		case node.OpType == "Transpose" && slices.EqualFunc(node.Attribute[0].Ints, kernelOrder, func(a int64, b int) bool { return a == int64(b) }):
			ordered[node.Output[0]] = true
		case node.OpType == "Reshape" && ordered[node.Input[0]]:
			inBlocks[node.Output[0]] = true
		case node.OpType == "Conv" && inBlocks[node.Input[1]] && found < len(channels):
			into, outOf := like(node), like(node)
			into.OpType, into.Domain, into.Input, into.Output = "ReorderInput", blockedDomain, node.Input[:1:1], []string{node.Output[0] + "_x"}
			outOf.OpType, outOf.Domain, outOf.Input, outOf.Output = "ReorderOutput", blockedDomain, []string{node.Output[0] + "_y"}, node.Output
			count := like(node.Attribute[0])
			count.Name, count.Type, count.I = "channels", intAttribute, channels[found]
			outOf.Attribute = append(outOf.Attribute, count)
			node.Domain, node.Input, node.Output = blockedDomain, []string{into.Output[0], node.Input[1]}, outOf.Input
			nodes = append(nodes, into, node, outOf)
			found++
			continue
		}
		nodes = append(nodes, node)
	}
	if found != len(channels) {
		return fmt.Errorf("ONNX Runtime's model has %d convolutions with kernels in blocks instead of %d: compute-onnx writes it differently now",
			found, len(channels))
	}
	model.Graph.Node = nodes
	domain := like(model.OpsetImport[0])
	domain.Domain, domain.Version = blockedDomain, 1
	model.OpsetImport = append(model.OpsetImport, domain)
	return nil
}

// intAttribute is ONNX's AttributeProto.INT. The engine's types for the model can be used, but not named.
const intAttribute = 2

// like is a new message of m's type.
func like[M proto.Message](m M) M {
	return m.ProtoReflect().New().Interface().(M)
}

// blockSize is how many channels ONNX Runtime puts into a block on this processor: the number with which its blocked convolutions give what
// its plain ones do; 0 if there is none.
func blockSize(backend *onnx.Backend, compiling *sync.Mutex) int {
	random := rand.New(rand.NewPCG(1, 2))
	numbers := func(count int) []float32 {
		drawn := make([]float32, count)
		for i := range drawn {
			drawn[i] = random.Float32()
		}
		return drawn
	}
	image := tensors.FromFlatDataAndDimensions(numbers(16*4*4), 1, 16, 4, 4)
	kernel := tensors.FromFlatDataAndDimensions(numbers(16*16*3*3), 16, 16, 3, 3)
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
