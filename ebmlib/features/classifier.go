package features

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/weights"
)

// batch is how many images a classifier sees at once, whatever their number, so that one graph serves all.
const batch = 100

// Classifier is a small convolutional classifier, made by [Train] or [Load]. One goroutine may use it at a time.
type Classifier struct {
	Set      string   `json:"set"`      // name of the set that it was trained on
	Shape    []int    `json:"shape"`    // of an image: [channels, height, width]
	Classes  []string `json:"classes"`  // their names
	Accuracy float64  `json:"accuracy"` // the share of the images kept out of its training whose class it finds

	store *model.Store
	exec  *model.Exec // images [batch, ...] to features and probabilities
}

// Name is what to call the classifier beside a number made with it, such as "small classifier of CIFAR-10 train (accuracy 0.61)".
func (c *Classifier) Name() string {
	return fmt.Sprintf("small classifier of %s (accuracy %.2f)", c.Set, c.Accuracy)
}

// Extract gives the features [n][Dims] of images x, float32 [n, channels, height, width] with values in [0, 1], which are the input of its last
// layer, and the probabilities [n][classes] that it gives to each class.
//
// Errors: images of another shape than those it was trained on; no images.
func (c *Classifier) Extract(x *tensors.Tensor) (features, probabilities [][]float64, err error) {
	if x.DType() != dtypes.Float32 || x.Rank() != 4 || !slices.Equal(x.Shape().Dimensions[1:], c.Shape) {
		return nil, nil, fmt.Errorf("%s can't see images %s: it was trained on those of shape %v, and takes any number of them as one float32 tensor",
			c.Name(), x.Shape(), c.Shape)
	}
	defer runtime.KeepAlive(c)
	features, probabilities, err = extract(c.exec, batch, x)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.Name(), err)
	}
	return features, probabilities, nil
}

// Features are those of [Classifier.Extract].
func (c *Classifier) Features(x *tensors.Tensor) ([][]float64, error) {
	features, _, err := c.Extract(x)
	return features, err
}

// Probabilities are those of [Classifier.Extract].
func (c *Classifier) Probabilities(x *tensors.Tensor) ([][]float64, error) {
	_, probabilities, err := c.Extract(x)
	return probabilities, err
}

// build makes the classifier's graph, with these weights.
func (c *Classifier) build(from weights.Tensors) error {
	engine, err := backends.Open()
	if err != nil {
		return err
	}
	c.store = model.NewStore()
	classes := len(c.Classes)
	c.exec, err = model.NewExec(engine.Backend, c.store, func(scope *model.Scope, x *Node) (features, probabilities *Node) {
		features, logits := network(scope, x, classes)
		return features, Softmax(logits, -1)
	})
	if err != nil {
		return err
	}
	runtime.AddCleanup(c, (*model.Exec).Finalize, c.exec) // ONNX Runtime's memory is not of the kind that Go collects.
	black := tensors.FromShape(shapes.Make(dtypes.Float32, append([]int{batch}, c.Shape...)...))
	defer black.FinalizeAll()
	outputs, err := c.exec.Call(black) // The first call makes the variables.
	if err != nil {
		return err
	}
	for _, output := range outputs {
		output.FinalizeAll()
	}
	_, err = weights.Import(c.store.RootScope(), from)
	return err
}
