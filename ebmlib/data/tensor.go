package data

import (
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"
)

// Tensor is the whole set as it is kept: uint8 [Len, channels, height, width] for images, float32 [Len, dims] for points.
func (s *Set) Tensor() *tensors.Tensor {
	dims := append([]int{s.Len()}, s.Shape...)
	if s.Bytes != nil {
		return tensors.FromFlatDataAndDimensions(s.Bytes, dims...)
	}
	return tensors.FromFlatDataAndDimensions(s.Floats, dims...)
}

// Examples is n examples from the one numbered first, as float32 [n, ...]: images with values in [0, 1], byte k as k/255.
func (s *Set) Examples(first, n int) (*tensors.Tensor, error) {
	if first < 0 || n < 1 || first+n > s.Len() {
		return nil, fmt.Errorf("%s: examples %d to %d were asked for, and it has %d", s.Name, first, first+n-1, s.Len())
	}
	size := 1
	for _, dim := range s.Shape {
		size *= dim
	}
	values := make([]float32, n*size)
	if s.Bytes != nil {
		for i, k := range s.Bytes[first*size : (first+n)*size] {
			values[i] = float32(k) / 255
		}
	} else {
		copy(values, s.Floats[first*size:])
	}
	return tensors.FromFlatDataAndDimensions(values, append([]int{n}, s.Shape...)...), nil
}
