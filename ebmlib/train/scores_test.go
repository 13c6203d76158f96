package train

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/data"
)

// Scores are the energies, whatever the number of examples, and of a conditional energy those of the classes' even mixture.
func TestScores(t *testing.T) {
	for name, test := range map[string]struct {
		config Config
		set    *data.Set
	}{"points": {tinyPoints(), data.Points(data.EightGaussians(), 2*scoreBatch+7, 1)}, "conditional images": {tinyMethod(), colourPictures()}} {
		t.Run(name, func(t *testing.T) {
			run := trained(t, t.TempDir(), test.config, test.set, 2)
			for _, n := range []int{3, 0} {
				scores, err := run.Scores(test.set, n)
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 {
					n = test.set.Len()
				}
				want := make([]float64, n)
				rows := make([]int, n)
				for i := range rows {
					rows[i] = i
				}
				x, err := test.set.Read(rows)
				if err != nil {
					t.Fatal(err)
				}
				for class := range max(test.config.Classes, 1) {
					var labels []int32
					if test.config.Classes > 0 {
						labels = []int32{int32(class)}
					}
					energies, err := run.Energies(midGreys(x), labels...)
					if err != nil {
						t.Fatal(err)
					}
					for i, e := range energies {
						want[i] += math.Exp(-e) / float64(max(test.config.Classes, 1))
					}
				}
				if len(scores) != n {
					t.Fatalf("%d scores, want %d", len(scores), n)
				}
				for i, score := range scores {
					if math.Abs(score+math.Log(want[i])) > 1e-4*(1+math.Abs(score)) {
						t.Errorf("score %d of %d is %g, want %g", i, n, score, -math.Log(want[i]))
					}
				}
			}
			_, err := run.Scores(&data.Set{Name: "others", Shape: []int{1, 2, 2}, Bytes: make([]uint8, 8)}, 0)
			requireError(t, err, "others", "[1 2 2]", run.Dir)
			_, err = run.Scores(test.set, test.set.Len()+1)
			requireError(t, err, test.set.Name)
		})
	}
}

// midGreys are a set's images at the middle of their grey levels, or its points.
func midGreys(set *data.Set) *tensors.Tensor {
	if set.Bytes == nil {
		return set.Tensor()
	}
	values := make([]float32, len(set.Bytes))
	for i, b := range set.Bytes {
		values[i] = (float32(b) + 0.5) / 256
	}
	return tensors.FromFlatDataAndDimensions(values, append([]int{set.Len()}, set.Shape...)...)
}
