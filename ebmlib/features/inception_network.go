package features

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors/images"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/layers"
)

const (
	inceptionDims    = 2048 // features
	inceptionClasses = 1008 // ImageNet's 1,000, and 8 that were never trained
	normEpsilon      = 1e-3 // of its batch norms
)

// inceptionNetwork maps images x [batch, 3, height, width] of at least 75x75 pixels, with values in [-1, 1], to features [batch, 2048] and logits
// [batch, 1008], these without their bias. Parameters have the names of pytorch-fid's state dict.
func inceptionNetwork(scope *model.Scope, x *Node) (features, logits *Node) {
	root := block{scope}
	x = root.reduce("Conv2d_1a_3x3", x, 32, 2)
	x = root.reduce("Conv2d_2a_3x3", x, 32, 1)
	x = root.conv("Conv2d_2b_3x3", x, 64, 3, 3)
	x = halvedByMax(x)
	x = root.conv("Conv2d_3b_1x1", x, 80, 1, 1)
	x = root.reduce("Conv2d_4a_3x3", x, 192, 1)
	x = halvedByMax(x) // [batch, 192, 35, 35] of images of 299x299

	x = root.in("Mixed_5b").inceptionA(x, 32)
	x = root.in("Mixed_5c").inceptionA(x, 64)
	x = root.in("Mixed_5d").inceptionA(x, 64)
	x = root.in("Mixed_6a").inceptionB(x) // [batch, 768, 17, 17]
	x = root.in("Mixed_6b").inceptionC(x, 128)
	x = root.in("Mixed_6c").inceptionC(x, 160)
	x = root.in("Mixed_6d").inceptionC(x, 160)
	x = root.in("Mixed_6e").inceptionC(x, 192)
	x = root.in("Mixed_7a").inceptionD(x) // [batch, 1280, 8, 8]
	x = root.in("Mixed_7b").inceptionE(x, mean3x3)
	x = root.in("Mixed_7c").inceptionE(x, max3x3)

	features = layers.MeanOverPositions(x)
	weight := root.in("fc").parameter(x, "weight", inceptionClasses, inceptionDims)
	return features, Dot(features, Transpose(weight, 0, 1)).Product()
}

// block is a part of the network, with the scope of its parameters.
type block struct{ scope *model.Scope }

func (b block) in(name string) block { return block{b.scope.At("%s", name)} }

func (b block) parameter(x *Node, name string, dims ...int) *Node {
	return b.scope.WithInitializer(Zeros).VariableWithShape(name, shapes.Make(x.DType(), dims...)).NodeValue(x)
}

// inceptionA: 1x1, 5x5, two of 3x3, and a mean, each after a 1x1 that makes fewer channels.
func (b block) inceptionA(x *Node, pool int) *Node {
	by5 := b.conv("branch5x5_1", x, 48, 1, 1)
	by5 = b.conv("branch5x5_2", by5, 64, 5, 5)
	by3 := b.conv("branch3x3dbl_1", x, 64, 1, 1)
	by3 = b.conv("branch3x3dbl_2", by3, 96, 3, 3)
	by3 = b.conv("branch3x3dbl_3", by3, 96, 3, 3)
	return Concatenate([]*Node{b.conv("branch1x1", x, 64, 1, 1), by5, by3, b.conv("branch_pool", mean3x3(x), pool, 1, 1)}, 1)
}

// inceptionB halves the image.
func (b block) inceptionB(x *Node) *Node {
	double := b.conv("branch3x3dbl_1", x, 64, 1, 1)
	double = b.conv("branch3x3dbl_2", double, 96, 3, 3)
	double = b.reduce("branch3x3dbl_3", double, 96, 2)
	return Concatenate([]*Node{b.reduce("branch3x3", x, 384, 2), double, halvedByMax(x)}, 1)
}

// inceptionC has kernels of 7x7 as products of 1x7 and 7x1.
func (b block) inceptionC(x *Node, channels int) *Node {
	single := b.conv("branch7x7_1", x, channels, 1, 1)
	single = b.conv("branch7x7_2", single, channels, 1, 7)
	single = b.conv("branch7x7_3", single, 192, 7, 1)
	double := b.conv("branch7x7dbl_1", x, channels, 1, 1)
	double = b.conv("branch7x7dbl_2", double, channels, 7, 1)
	double = b.conv("branch7x7dbl_3", double, channels, 1, 7)
	double = b.conv("branch7x7dbl_4", double, channels, 7, 1)
	double = b.conv("branch7x7dbl_5", double, 192, 1, 7)
	return Concatenate([]*Node{b.conv("branch1x1", x, 192, 1, 1), single, double, b.conv("branch_pool", mean3x3(x), 192, 1, 1)}, 1)
}

// inceptionD halves the image.
func (b block) inceptionD(x *Node) *Node {
	by3 := b.conv("branch3x3_1", x, 192, 1, 1)
	by3 = b.reduce("branch3x3_2", by3, 320, 2)
	by7 := b.conv("branch7x7x3_1", x, 192, 1, 1)
	by7 = b.conv("branch7x7x3_2", by7, 192, 1, 7)
	by7 = b.conv("branch7x7x3_3", by7, 192, 7, 1)
	by7 = b.reduce("branch7x7x3_4", by7, 192, 2)
	return Concatenate([]*Node{by3, by7, halvedByMax(x)}, 1)
}

// inceptionE has 1x3 and 3x1 side by side. Its pool is a mean in the first such block and, by what may have been a slip, a maximum in the second.
func (b block) inceptionE(x *Node, pool func(*Node) *Node) *Node {
	single := b.conv("branch3x3_1", x, 384, 1, 1)
	double := b.conv("branch3x3dbl_1", x, 448, 1, 1)
	double = b.conv("branch3x3dbl_2", double, 384, 3, 3)
	return Concatenate([]*Node{
		b.conv("branch1x1", x, 320, 1, 1),
		b.conv("branch3x3_2a", single, 384, 1, 3), b.conv("branch3x3_2b", single, 384, 3, 1),
		b.conv("branch3x3dbl_3a", double, 384, 1, 3), b.conv("branch3x3dbl_3b", double, 384, 3, 1),
		b.conv("branch_pool", pool(x), 192, 1, 1),
	}, 1)
}

// conv convolves with out kernels of height x width, padded to keep the image's size, then does batch norm and ReLU.
func (b block) conv(name string, x *Node, out, height, width int) *Node {
	weight, shift := b.in(name).parameters(x, out, height, width)
	padding := [][2]int{{height / 2, height / 2}, {width / 2, width / 2}}
	return relu(Convolve(x, weight).AxesConfig(nchw).PaddingPerDim(padding).Done(), shift)
}

// reduce is conv with kernels of 3x3, a stride, and no padding.
func (b block) reduce(name string, x *Node, out, stride int) *Node {
	weight, shift := b.in(name).parameters(x, out, 3, 3)
	return relu(Convolve(x, weight).AxesConfig(nchw).Strides(stride).NoPadding().Done(), shift)
}

func relu(x, shift *Node) *Node { return MaxScalar(Add(x, shift), 0) }

// parameters are a convolution's weight and bias [1, out, 1, 1] with its batch norm, by its running mean and variance, worked into them.
func (b block) parameters(x *Node, out, height, width int) (weight, shift *Node) {
	weight = b.in("conv").parameter(x, "weight", out, x.Shape().Dim(1), height, width)
	norm := b.in("bn")
	scale := Div(norm.parameter(x, "weight", out), Sqrt(AddScalar(norm.parameter(x, "running_var", out), normEpsilon)))
	shift = Sub(norm.parameter(x, "bias", out), Mul(norm.parameter(x, "running_mean", out), scale))
	return Mul(weight, Reshape(scale, out, 1, 1, 1)), Reshape(shift, 1, out, 1, 1)
}

func halvedByMax(x *Node) *Node {
	return MaxPool(x).ChannelsAxis(images.ChannelsFirst).Window(3).Strides(2).NoPadding().Done()
}

func max3x3(x *Node) *Node {
	return MaxPool(x).ChannelsAxis(images.ChannelsFirst).Window(3).Strides(1).PadSame().Done()
}

// mean3x3 is of the neighbourhood as far as it is in the image.
func mean3x3(x *Node) *Node {
	return MeanPool(x).ChannelsAxis(images.ChannelsFirst).Window(3).Strides(1).PadSame().Done()
}

var nchw = compute.ConvolveAxesConfig{
	InputBatch: 0, InputChannels: 1, InputSpatial: []int{2, 3},
	KernelOutputChannels: 0, KernelInputChannels: 1, KernelSpatial: []int{2, 3},
	OutputBatch: 0, OutputChannels: 1, OutputSpatial: []int{2, 3},
}
