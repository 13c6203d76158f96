package features

import (
	"errors"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Extractor is a network by which images are measured: the [Inception] network, or a [Classifier].
type Extractor interface {
	// Name is what to call it beside a number made with it.
	Name() string
	// Extract gives the features [n][dims] of images x, float32 [n, channels, height, width] with values in [0, 1], and the probabilities
	// [n][classes] of its classes.
	Extract(x *tensors.Tensor) (features, probabilities [][]float64, err error)
}

// extract runs a network on images [n, ...], so many at a time, that one graph serves any number of them. The network's outputs are features
// and probabilities.
func extract(network *model.Exec, batch int, x *tensors.Tensor) (features, probabilities [][]float64, err error) {
	if x.Size() == 0 {
		return nil, nil, errors.New("there are no images to see: give at least one, with pixels")
	}
	values, err := tensors.CopyFlatData[float32](x)
	if err != nil {
		return nil, nil, err
	}
	shape := slices.Clone(x.Shape().Dimensions)
	size := len(values) / shape[0]
	shape[0] = batch
	for part := range slices.Chunk(values, batch*size) {
		filled := make([]float32, batch*size) // The last part is filled up with black.
		copy(filled, part)
		input := tensors.FromFlatDataAndDimensions(filled, shape...)
		outputs, err := network.Call(input)
		input.FinalizeAll()
		if err != nil {
			return nil, nil, err
		}
		for i, rows := range []*[][]float64{&features, &probabilities} {
			flat, err := tensors.CopyFlatData[float32](outputs[i])
			outputs[i].FinalizeAll()
			if err != nil {
				return nil, nil, err
			}
			for row := range slices.Chunk(flat[:len(part)/size*(len(flat)/batch)], len(flat)/batch) {
				*rows = append(*rows, wide(row))
			}
		}
	}
	return features, probabilities, nil
}

func wide(row []float32) []float64 {
	values := make([]float64, len(row))
	for i, value := range row {
		values[i] = float64(value)
	}
	return values
}
