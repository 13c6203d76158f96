package train

import (
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/data"
	"ebm/ebmlib/samplers"
)

// scoreBatch is how many energies [Run.Scores] evaluates at once.
const scoreBatch = 50

// Scores are the energies of the first n examples of a source, or of all if n is 0, by the moving average of the weights, summed over scales: the
// score by which foreign data is told from the run's own, which lies lower (section 4.3). Images are taken at the middle of their grey levels,
// (byte + 1/2)/256. A conditional energy's score is that of the classes' even mixture, which is unconditional:
//
//	E(x) = -log mean_y exp(-E(x, y))
//
// Errors: the source is damaged, or its examples are not of the run's shape and kind.
func (r *Run) Scores(source data.Source, n int) ([]float64, error) {
	if err := r.trained(); err != nil {
		return nil, err
	}
	info := source.Info()
	images := len(r.example) == 3
	if !slices.Equal(info.Shape, r.example) || info.Images != images {
		return nil, fmt.Errorf("run %s can't score %s: its examples have the shape %v, and the run's %v", r.Dir, info.Name, info.Shape, r.example)
	}
	if n == 0 {
		n = info.Examples
	}
	if n < 1 || n > info.Examples {
		return nil, fmt.Errorf("run %s can't score %d examples of %s: it has %d", r.Dir, n, info.Name, info.Examples)
	}
	weights, err := r.average()
	if err != nil {
		return nil, err
	}
	exec, err := model.NewExec(r.engine.Backend, weights, func(scope *model.Scope, x *Node) *Node {
		if images {
			x = samplers.FromBytes(x, Const(x.Graph(), float32(0.5)))
		}
		return r.scoreOf(scope, x)
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	batch := max(scoreBatch/max(r.Config.Classes, 1), 1)
	scores := make([]float64, 0, n)
	for len(scores) < n {
		count := min(batch, n-len(scores))
		rows := make([]int, batch) // The last batch is filled up with its first example, so that one graph serves all.
		for i := range rows {
			rows[i] = len(scores)
			if i < count {
				rows[i] += i
			}
		}
		set, err := source.Read(rows)
		if err == nil {
			err = set.Check()
		}
		if err != nil {
			return nil, err
		}
		outputs, err := exec.Call(set.Tensor())
		if err != nil {
			return nil, fmt.Errorf("scores of %s by run %s: %w", info.Name, r.Dir, err)
		}
		values, err := tensors.CopyFlatData[float32](outputs[0])
		outputs[0].FinalizeAll()
		if err != nil {
			return nil, err
		}
		for _, value := range values[:count] {
			scores = append(scores, float64(value))
		}
	}
	return scores, nil
}

// scoreOf is the energy of each x [batch, ...], summed over scales, and over a conditional energy's classes as [Run.Scores] has it: [batch].
func (r *Run) scoreOf(scope *model.Scope, x *Node) *Node {
	classes, batch := r.Config.Classes, x.Shape().Dim(0)
	if classes == 0 {
		return ReduceSum(r.energy(scope, nil)(x), 1)
	}
	var labels []int32
	for class := range classes {
		labels = append(labels, slices.Repeat([]int32{int32(class)}, batch)...)
	}
	each := ReduceSum(r.energy(scope, r.condition(x.Graph(), labels))(Concatenate(slices.Repeat([]*Node{x}, classes), 0)), 1)
	each = Reshape(each, classes, batch)
	least := ReduceAndKeep(each, ReduceMin, 0) // Its exponential is 1, so that not all underflow.
	return Sub(Reshape(least, batch), Log(ReduceMean(Exp(Sub(least, each)), 0)))
}
