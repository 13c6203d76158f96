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
	if err := checkSource(source); err != nil {
		return nil, err
	}
	info := source.Info()
	if n == 0 {
		n = info.Examples
	}
	if err := r.canTake(source, n); err != nil {
		return nil, err
	}
	images := info.Images
	classes := max(r.Config.Classes, 1)
	batch := max(scoreBatch/classes, 1)
	var labels []int32 // Each class for all of the batch, one after the other.
	for class := range r.Config.Classes {
		labels = append(labels, slices.Repeat([]int32{int32(class)}, batch)...)
	}
	b, err := r.alone(labels).bind(batch * classes)
	if err != nil {
		return nil, err
	}
	exec, err := model.NewExec(r.engine.Backend, b.weights, func(scope *model.Scope, x *Node) *Node {
		if images {
			x = samplers.FromBytes(x, Const(x.Graph(), float32(0.5)))
		}
		energies := b.energyAt(scope, x.Graph())(Concatenate(slices.Repeat([]*Node{x}, classes), 0))
		return evenMixture(Reshape(ReduceSum(energies, 1), classes, batch))
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
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
		set, err := readRows(source, rows)
		if err != nil {
			return nil, err
		}
		x := set.Tensor()
		outputs, err := exec.Call(x)
		x.FinalizeAll() // The garbage collector doesn't reach into an engine's memory.
		if err != nil {
			return nil, fmt.Errorf("scores of %s by run %s: %w", info.Name, r.Dir, plain(err))
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

// canTake returns an error if the source doesn't have n examples of the run's shape and kind.
func (r *Run) canTake(source data.Source, n int) error {
	info := source.Info()
	if !slices.Equal(info.Shape, r.example) || info.Images != (len(r.example) == 3) {
		return fmt.Errorf("run %s can't take %s: its examples have the shape %v, and the run's %v", r.Dir, info.Name, info.Shape, r.example)
	}
	if n < 1 || n > info.Examples {
		return fmt.Errorf("run %s can't take %d examples of %s: it has %d", r.Dir, n, info.Name, info.Examples)
	}
	return nil
}

// evenMixture is the energy -log mean_y exp(-E(y)) of energies [classes, batch]: [batch].
func evenMixture(energies *Node) *Node {
	least := ReduceAndKeep(energies, ReduceMin, 0) // Its exponential is 1, so that not all underflow.
	return Sub(Reshape(least, -1), Log(ReduceMean(Exp(Sub(least, energies)), 0)))
}
