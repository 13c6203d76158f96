package train

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/data"
)

// network is a store with the model's weights, which have shapes and no values.
func (r *Run) network(info data.Info) (*model.Store, error) {
	store := model.NewStore()
	return store, r.declareWeights(store, info)
}

// checkNetwork checks that the weights of a checkpoint are the model's: the code of one's own model may have changed since, which config.json
// doesn't tell.
func (r *Run) checkNetwork() error {
	if r.store == nil {
		return nil
	}
	store, err := r.network(infoOf(r.example))
	if err != nil {
		return fmt.Errorf("the checkpoint of run %s can't be used: %w", r.Dir, err)
	}
	have, want := weightShapes(r.store), weightShapes(store)
	var found []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if shape, there := have[name]; !there {
			found = append(found, "it lacks "+name)
		} else if !shape.Equal(want[name]) {
			found = append(found, fmt.Sprintf("its %s is %s, the model's %s", name, shape, want[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if _, there := want[name]; !there {
			found = append(found, fmt.Sprintf("the model has no %s", name))
		}
	}
	if found == nil {
		return nil
	}
	return fmt.Errorf("the weights in the checkpoint of run %s are not those of model %T as it is now: %s; take another directory, or the code that the "+
		"run was trained with", r.Dir, r.Config.Model, strings.Join(found, ", "))
}

// weightShapes are the shapes of the weights that are trained, by their paths below the model.
func weightShapes(store *model.Store) map[string]shapes.Shape {
	all := make(map[string]shapes.Shape)
	for weight := range store.Scope(energyPath).IterVariables() {
		all[strings.TrimPrefix(weight.Path(), energyPath+"/")] = weight.Shape()
	}
	return all
}
