package features

import (
	"fmt"
	"runtime"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/weights"
)

const (
	inceptionSide  = 299 // of the images that the network sees, in pixels
	inceptionBatch = 50  // images at a time, at most
)

// inceptionWeights says where the weights are from, and how to make the file.
const inceptionWeights = `Its weights are the file pt_inception-2015-12-05-6726825d.pth of the release fid_weights of github.com/mseitzer/pytorch-fid,
which these lines of Python turn into one that is read here:
	import torch, safetensors.torch
	state = torch.load("pt_inception-2015-12-05-6726825d.pth", map_location="cpu")
	safetensors.torch.save_file({name: value.float().contiguous() for name, value in state.items()}, "inception.safetensors")`

// Inception is the network by which papers measure images: the Inception-v3 of Szegedy et al. 2015 (arXiv 1512.00567), trained on ImageNet, in
// the version of 2015-12-05 that Heusel et al. 2017 made the first Fréchet inception distances with, as the package pytorch-fid has it. One
// goroutine may use it at a time.
//
// Its weights, 24 million, are not here and are not downloaded: [LoadInception] reads them from a file. An image takes some 11 billion
// operations: about a quarter of a second of one core by ONNX Runtime, and half a minute by the pure Go engine, which is not meant for it.
type Inception struct {
	exec *model.Exec // images [batch, 1 or 3, height, width] to features and probabilities
}

// LoadInception reads the network's weights from a .safetensors or .npz file with the names of pytorch-fid's state dict. Where to get them, and
// three lines of Python that make such a file of them, are said by the error of one that is missing.
//
// Errors: the file is missing or damaged, or its weights are another network's, such as torchvision's Inception, which has 1,000 classes.
func LoadInception(path string) (*Inception, error) {
	values, err := weights.Read(path)
	if err != nil {
		return nil, fmt.Errorf("Inception-v3: %w\n%s", err, inceptionWeights)
	}
	engine, err := backends.Open()
	if err != nil {
		return nil, err
	}
	store, err := inceptionStore(engine, values)
	if err != nil {
		return nil, fmt.Errorf("Inception-v3: weights file %s: %w\n%s", path, err, inceptionWeights)
	}
	// ONNX Runtime takes a third less time with weights that are constants. XLA would be given them as text.
	store.WithVariableAsConst(engine.Kind == "onnx")
	exec, err := model.NewExec(engine.Backend, store, func(scope *model.Scope, x *Node) (features, probabilities *Node) {
		if x.Shape().Dim(1) == 1 {
			x = Concatenate([]*Node{x, x, x}, 1)
		}
		x = layers.Resize(x, inceptionSide)
		features, logits := inceptionNetwork(scope, AddScalar(MulScalar(x, 2), -1))
		return features, Softmax(logits, -1)
	})
	if err != nil {
		return nil, err
	}
	i := &Inception{exec}
	runtime.AddCleanup(i, (*model.Exec).Finalize, exec) // As with a classifier: ONNX Runtime's memory is not of the kind that Go collects.
	return i, nil
}

// inceptionStore has the network's variables with these values.
func inceptionStore(engine *backends.Engine, values weights.Tensors) (*model.Store, error) {
	store := model.NewStore()
	// A graph that is thrown away makes the variables.
	err := exceptions.TryCatch[error](func() {
		x := Parameter(NewGraph(engine.Backend, "variables"), "x", shapes.Make(dtypes.Float32, 1, 3, inceptionSide, inceptionSide))
		inceptionNetwork(store.RootScope(), x)
	})
	if err == nil {
		_, err = weights.Import(store.RootScope(), values)
	}
	return store, err
}

// Name is "Inception-v3, 2,048 features".
func (i *Inception) Name() string { return "Inception-v3, 2,048 features" }

// Extract gives the features [n][2048] of images x, float32 [n, channels, height, width] with values in [0, 1] and one channel, for grey, or three,
// which are the means over positions before its last layer, and the probabilities [n][1008] of ImageNet's classes and some that it was never
// taught. As pytorch-fid does, images of any size are brought to 299x299 pixels by bilinear interpolation without smoothing. Values are taken as
// they are; samples that were written to image files first, as for papers, have 8 bits.
//
// The probabilities are the softmax of the last layer without its bias: so the first inception scores were made (Salimans et al. 2016), and those
// since that compare with them.
//
// Errors: a tensor of another kind; no images.
func (i *Inception) Extract(x *tensors.Tensor) (features, probabilities [][]float64, err error) {
	dims := x.Shape().Dimensions
	if x.DType() != dtypes.Float32 || x.Rank() != 4 || dims[1] != 1 && dims[1] != 3 {
		return nil, nil, fmt.Errorf("Inception-v3 can't see images %s: it takes any number of them as one float32 tensor [n, channels, height, width] "+
			"of 1 or 3 channels", x.Shape())
	}
	defer runtime.KeepAlive(i)
	features, probabilities, err = extract(i.exec, min(inceptionBatch, dims[0]), x)
	if err != nil {
		return nil, nil, fmt.Errorf("Inception-v3: %w", err)
	}
	return features, probabilities, nil
}
