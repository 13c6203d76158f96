package features

import (
	"fmt"
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

// Features are those of images x, float32 [n, channels, height, width] with values in [0, 1]: [n][Dims]. They are the input of its last layer.
//
// Errors: images of another shape than those it was trained on.
func (c *Classifier) Features(x *tensors.Tensor) ([][]float64, error) {
	return c.apply(x, 0)
}

// Probabilities are those that the classifier gives to each class, of images as [Classifier.Features] takes them: [n][classes]. Errors are the
// same.
func (c *Classifier) Probabilities(x *tensors.Tensor) ([][]float64, error) {
	return c.apply(x, 1)
}

// apply runs the classifier on images, batch by batch, and gives the rows of one of its outputs.
func (c *Classifier) apply(x *tensors.Tensor, output int) ([][]float64, error) {
	if x.DType() != dtypes.Float32 || x.Rank() != 4 || !slices.Equal(x.Shape().Dimensions[1:], c.Shape) {
		return nil, fmt.Errorf("%s can't see images %s: it was trained on those of shape %v, and takes any number of them as one float32 tensor",
			c.Name(), x.Shape(), c.Shape)
	}
	values, err := tensors.CopyFlatData[float32](x)
	if err != nil {
		return nil, err
	}
	n := x.Shape().Dim(0)
	size := len(values) / max(n, 1)
	rows := make([][]float64, 0, n)
	for part := range slices.Chunk(values, batch*size) {
		filled := make([]float32, batch*size) // The last part is filled up with black.
		copy(filled, part)
		input := tensors.FromFlatDataAndDimensions(filled, append([]int{batch}, c.Shape...)...)
		outputs, err := c.exec.Call(input)
		input.FinalizeAll()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name(), err)
		}
		chosen, err := tensors.CopyFlatData[float32](outputs[output])
		for _, o := range outputs {
			o.FinalizeAll()
		}
		if err != nil {
			return nil, err
		}
		dims := len(chosen) / batch
		for i := range len(part) / size {
			row := make([]float64, dims)
			for d, value := range chosen[i*dims : (i+1)*dims] {
				row[d] = float64(value)
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// build makes the classifier's graph, with these weights.
func (c *Classifier) build(from weights.Tensors) error {
	engine, err := backends.Open()
	if err != nil {
		return err
	}
	c.store = model.NewStore()
	c.exec, err = model.NewExec(engine.Backend, c.store, func(scope *model.Scope, x *Node) (features, probabilities *Node) {
		features, logits := network(scope, x, len(c.Classes))
		return features, Softmax(logits, -1)
	})
	if err != nil {
		return err
	}
	// The first call makes the variables.
	if _, err := c.exec.Call(tensors.FromShape(shapes.Make(dtypes.Float32, append([]int{batch}, c.Shape...)...))); err != nil {
		return err
	}
	_, err = weights.Import(c.store.RootScope(), from)
	return err
}
