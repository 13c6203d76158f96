package main

import (
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/data"
	"ebm/ebmlib/metrics"
	"ebm/ebmlib/train"
)

// likenessSamples is how many samples, and as many examples, are compared.
const likenessSamples = 300

// likeness is a score for train.Run: the maximum mean discrepancy between the first examples of a source and samples of the replay buffer, with
// the median distance among the examples as bandwidth. It compares pixels, not what they show, and costs a second at most.
func likeness(source data.Source) (func(*train.Run) (float64, error), error) {
	rows := make([]int, min(likenessSamples, source.Info().Examples))
	for i := range rows {
		rows[i] = i
	}
	set, err := source.Read(rows)
	if err != nil {
		return nil, err
	}
	examples, err := set.Examples(0, set.Len())
	if err != nil {
		return nil, err
	}
	reference := asRows(examples)
	bandwidth, err := metrics.MedianDistance(reference, reference[:1])
	if err != nil {
		return nil, err
	}
	return func(r *train.Run) (float64, error) {
		samples, err := r.Buffer(likenessSamples)
		if err != nil {
			return 0, err
		}
		defer samples.FinalizeAll()
		return metrics.MMD(asRows(samples), reference, bandwidth)
	}, nil
}

// asRows are the values of x [n, ...], row by row.
func asRows(x *tensors.Tensor) [][]float64 {
	values := tensors.MustCopyFlatData[float32](x)
	rows := make([][]float64, x.Shape().Dim(0))
	for i := range rows {
		for _, value := range values[i*len(values)/len(rows) : (i+1)*len(values)/len(rows)] {
			rows[i] = append(rows[i], float64(value))
		}
	}
	return rows
}
