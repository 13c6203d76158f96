package train

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/internal/untrusted"
	"ebm/ebmlib/models"
)

// What config.json may ask for. A run that a program opens with a configuration of its own is not bound by it.
const (
	maxConfig  = 1 << 20 // bytes
	maxNote    = 1 << 20 // bytes of a run's other small files: setbacks, scores, checksums, the lock
	maxEntries = 256     // of a list, such as the transitions
	maxSide    = 1 << 14 // of an example
	maxValues  = 1 << 26 // of an example
	maxCount   = 1 << 24 // of a setting that maxCounts doesn't have, such as Replay.Capacity
)

// maxCounts bounds the settings by which a network or a chain grows, by the names of their fields.
var maxCounts = map[string]int{
	"Members": 256, "Levels": 16, "Scales": 16, "Filters": 1 << 13, "Hidden": 1 << 16,
	"Steps": 1 << 16, "KLSteps": 1 << 10, "Leapfrog": 1 << 10, "Kernel": 1 << 10, "Padding": 1 << 10,
}

// decodeRecord decodes what a config.json holds.
func decodeRecord(text []byte, r *record) error {
	if err := untrusted.JSON(text, r); err != nil {
		return err
	}
	if len(r.Example) > 3 {
		return fmt.Errorf("example is %v: it has up to three dimensions", r.Example)
	}
	values := 1
	for _, dim := range r.Example {
		if dim < 1 || dim > maxSide || values > maxValues/dim {
			return fmt.Errorf("example is %v: dimensions are from 1 to %d, and values up to %d", r.Example, maxSide, maxValues)
		}
		values *= dim
	}
	return nil
}

// checkCounts checks the whole numbers and the lists in a configuration that comes of a config.json.
func checkCounts(c Config) error {
	if err := checkCount("", reflect.ValueOf(c)); err != nil {
		return err
	}
	if n, most := networks(c.Model), maxCounts["Members"]; n > float64(most) {
		return fmt.Errorf("its Model is of %g networks, the Members and Scales of all that is nested multiplied, and from a file up to %d are taken: "+
			"if they are meant, open the run by a program with this configuration", n, most)
	}
	return nil
}

// networks is how many networks a model is of.
func networks(m models.Model) float64 {
	switch m := m.(type) {
	case models.Ensemble:
		return float64(m.Members) * networks(m.Member)
	case models.MultiScale:
		return float64(m.Scales) * networks(m.Network)
	case models.CIFAR10:
		return float64(m.Scales)
	case models.CelebA:
		return float64(m.Scales)
	}
	return 1
}

func checkCount(name string, value reflect.Value) error {
	switch value.Kind() {
	case reflect.Interface:
		if !value.IsNil() {
			return checkCount(name, value.Elem())
		}
	case reflect.Struct:
		for i := range value.NumField() {
			if err := checkCount(value.Type().Field(i).Name, value.Field(i)); err != nil {
				return err
			}
		}
	case reflect.Slice:
		if value.Len() > maxEntries {
			return fmt.Errorf("%s has %d entries, and from a file up to %d are taken", name, value.Len(), maxEntries)
		}
		for i := range value.Len() {
			if err := checkCount(name, value.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Int:
		most, bounded := maxCounts[name]
		if !bounded {
			most = maxCount
		}
		if value.Int() > int64(most) {
			return fmt.Errorf("%s is %d, and from a file up to %d is taken: if it is meant, open the run by a program with this configuration",
				name, value.Int(), most)
		}
	}
	return nil
}

// checkStore checks that what a checkpoint has beside the weights fits the run's configuration: a training step reads rows of the replay
// buffer by their numbers. For the weights there is checkNetwork.
func (r *Run) checkStore() error {
	if r.store == nil {
		return nil
	}
	rows, dtype := r.Config.Replay.Rows(r.Config.Batch), dtypes.Float32
	if len(r.example) == 3 {
		dtype = dtypes.Uint8
	}
	want := map[string]shapes.Shape{
		replayPath: shapes.Make(dtype, append([]int{rows}, r.example...)...),
		randomPath: graph.RNGStateShape,
	}
	if r.Config.Classes > 0 {
		want[labelsPath] = shapes.Make(dtypes.Int32, rows)
	}
	for weight := range r.store.Scope(energyPath).IterVariables() {
		want[averagePath+weight.Path()[len(energyPath):]] = weight.Shape()
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		variable := r.store.GetVariable(path)
		if variable == nil {
			return fmt.Errorf("the checkpoint of run %s lacks the variable %s: restore it, or take another run", r.Dir, path)
		}
		if !variable.Shape().Equal(want[path]) {
			return fmt.Errorf("the checkpoint of run %s has the variable %s of %s, and config.json makes it %s: one of them is another run's",
				r.Dir, path, variable.Shape(), want[path])
		}
	}
	return nil
}
