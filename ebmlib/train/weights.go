package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/data"
	"ebm/ebmlib/weights"
)

// Weights are copies of the weights being trained, by the reference's names.
func (r *Run) Weights() (weights.Tensors, error) { return r.export(energyPath) }

// AverageWeights are copies of the moving average of the weights, which sampling uses, by the same names.
func (r *Run) AverageWeights() (weights.Tensors, error) { return r.export(averagePath) }

func (r *Run) export(path string) (weights.Tensors, error) {
	if err := r.trained(); err != nil {
		return nil, err
	}
	return weights.Export(r.store.Scope(path))
}

// SetWeights sets both the weights and their moving average to copies of the tensors, by the reference's names, and saves a
// checkpoint, so that training and sampling go on from there; the run's step, optimiser and replay buffer stay as they are. A run that
// knows no data yet needs the shape of one example: [channels, height, width] of images, or [dims] of points.
//
// Tensors without a weight of their name are reported as extra. A weight without a tensor, or with one of another shape, is an error
// that names it, and the run keeps the weights it had; so is another example than the run was trained on.
func (r *Run) SetWeights(tensors weights.Tensors, example ...int) (weights.Report, error) {
	fail := func(err error) (weights.Report, error) {
		return weights.Report{}, fmt.Errorf("weights of run %s can't be set: %w", r.Dir, err)
	}
	if r.lost {
		return fail(r.lostError())
	}
	release, err := r.own()
	if err != nil {
		return fail(err)
	}
	defer release()
	known, isNew := r.example, r.store == nil
	if len(example) == 0 {
		example = known
	}
	switch {
	case len(example) == 0:
		return fail(errors.New("it knows no data yet: give the shape of one example, such as 1, 28, 28 for MNIST"))
	case !isNew && !slices.Equal(example, known):
		return fail(fmt.Errorf("it is for examples of shape %v, and %v was given", known, example))
	case isNew:
		if err := r.initialiseFor(example); err != nil {
			return fail(err)
		}
	}
	report, err := weights.Import(r.store.Scope(energyPath), tensors)
	if err == nil {
		_, err = weights.Import(r.store.Scope(averagePath), tensors)
	}
	if err != nil {
		if isNew {
			r.store, r.example = nil, known
		}
		return fail(err)
	}
	r.saved.Store(none) // One of this step may be there.
	return report, r.save()
}

// initialiseFor makes the variables of a run for examples of that shape.
func (r *Run) initialiseFor(example []int) error {
	if len(example) != 1 && len(example) != 3 || slices.Min(example) < 1 {
		return fmt.Errorf("%v is no shape of an example: give the channels, height and width of images, or the dims of points", example)
	}
	return r.initialise(infoOf(example))
}

// infoOf describes data of which only the shape of an example is known.
func infoOf(example []int) data.Info {
	return data.Info{Name: fmt.Sprintf("examples of shape %v", example), Shape: example, Images: len(example) == 3}
}

// declareWeights makes the model's weights without values, by a graph that is thrown away: what a stranger's configuration says takes no memory
// before the file's weights are found to fit.
func (r *Run) declareWeights(store *model.Store, info data.Info) error {
	g := graph.NewGraph(r.engine.Backend, "weights")
	defer g.Finalize()
	return exceptions.TryCatch[error](func() { r.evaluate(store.RootScope(), g, info) })
}

// weightsFile is the file of a run's directory that has the weights it starts from, where those are not random.
const weightsFile = "weights.safetensors"

// startFromFile makes the variables of a run that has such a file, and no checkpoint yet.
func (r *Run) startFromFile() error {
	path := filepath.Join(r.Dir, weightsFile)
	if _, err := os.Stat(path); r.store != nil || r.example == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	store, err := r.variables(infoOf(r.example))
	if err != nil {
		return fmt.Errorf("run %s can't start from its %s: %w", r.Dir, weightsFile, err)
	}
	r.store = store
	return nil
}

// firstWeights makes the model's weights: those of the run's file, if it has one, else random ones.
func (r *Run) firstWeights(store *model.Store, info data.Info) error {
	path := filepath.Join(r.Dir, weightsFile)
	tensors, err := weights.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return r.makeWeights(store, info)
	}
	if err != nil {
		return err
	}
	if err := r.declareWeights(store, info); err != nil {
		return err
	}
	report, err := weights.Import(store.Scope(energyPath), tensors)
	if err != nil {
		return fmt.Errorf("weights file %s: %w", path, err)
	}
	if len(report.Extra) > 0 {
		return fmt.Errorf("weights file %s: the model has no weights named %s: take the file of this model's weights", path, strings.Join(report.Extra, ", "))
	}
	return nil
}
