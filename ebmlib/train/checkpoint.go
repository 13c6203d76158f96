package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"
	"github.com/gomlx/gomlx/support/exceptions"
)

const (
	checkpointsFolder = "checkpoints"
	checkpointPrefix  = "step-"
	keepCheckpoints   = 2
)

func checkpointPath(dir string, step int) string {
	return filepath.Join(dir, checkpointsFolder, fmt.Sprintf("%s%09d", checkpointPrefix, step))
}

// save writes a checkpoint of the whole store: aside first, then renamed into place, so that a checkpoint is there whole or
// not at all. Older ones but the one before it are removed.
func (r *Run) save() error {
	folder := filepath.Join(r.Dir, checkpointsFolder)
	name := checkpointPath(r.Dir, r.step)
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	aside := filepath.Join(folder, ".writing")
	err := os.RemoveAll(aside)
	if err == nil {
		err = os.MkdirAll(aside, 0o777)
	}
	if err == nil {
		err = writeStore(r.store, aside)
	}
	if err == nil {
		err = os.Rename(aside, name)
	}
	if err == nil {
		err = syncPath(folder)
	}
	if err != nil {
		return fmt.Errorf("the checkpoint of step %d can't be saved in %s: %w; the one before it is untouched", r.step, folder, err)
	}
	steps, err := checkpointSteps(r.Dir)
	if err != nil {
		return err
	}
	for _, step := range steps[:max(len(steps)-keepCheckpoints, 0)] {
		if err := os.RemoveAll(checkpointPath(r.Dir, step)); err != nil {
			return err
		}
	}
	return nil
}

func writeStore(store *model.Store, dir string) error {
	handler, err := checkpoint.Build(store).Dir(dir).WithCompression(checkpoint.BinUncompressed).Done()
	if err != nil {
		return err
	}
	store.SetLoader(nil)
	if err := handler.Save(); err != nil {
		return err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := syncPath(filepath.Join(dir, file.Name())); err != nil {
			return err
		}
	}
	return syncPath(dir)
}

// syncPath makes sure that a file or folder is on the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// loadCheckpoint reads the newest checkpoint of a run: its store and step, or nil and 0 if there is none.
func loadCheckpoint(dir string) (*model.Store, int, error) {
	steps, err := checkpointSteps(dir)
	if err != nil || len(steps) == 0 {
		return nil, 0, err
	}
	step := steps[len(steps)-1]
	path := checkpointPath(dir, step)
	store := model.NewStore()
	if err = checkCheckpoint(path); err == nil {
		var loadErr error
		panicked := exceptions.TryCatch[error](func() {
			_, loadErr = checkpoint.Load(store).Dir(path).Immediate().Done()
		})
		err = errors.Join(loadErr, panicked)
	}
	if err == nil && (store.GetVariable(replayPath) == nil || store.GetVariable(randomPath) == nil) {
		err = errors.New("it lacks variables")
	}
	if err != nil {
		remedy := "remove that directory to go on from the checkpoint before it"
		if len(steps) == 1 {
			remedy = "there is none before it: restore it, or remove that directory to start the run anew"
		}
		return nil, 0, fmt.Errorf("checkpoint %s can't be read: %w; %s", path, err, remedy)
	}
	store.SetLoader(nil)
	for variable := range store.IterVariables() {
		variable.SetTrainable(strings.HasPrefix(variable.Path(), energyPath+"/"))
	}
	store, err = ordered(store)
	return store, step, err
}

// ordered is the store with its variables in the order of their paths. A checkpoint gives them in none, and an engine may compute another
// last bit of a graph that takes them in another order.
func ordered(store *model.Store) (*model.Store, error) {
	variables := slices.SortedFunc(store.IterVariables(), func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	sorted := model.NewStore()
	for _, variable := range variables {
		if _, err := variable.CloneToStore(sorted); err != nil {
			return nil, err
		}
	}
	return sorted, nil
}

// checkpointSteps lists the steps of a run's checkpoints, in ascending order.
func checkpointSteps(dir string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Join(dir, checkpointsFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoints of run %s: %w", dir, err)
	}
	var steps []int
	for _, entry := range entries {
		if number, found := strings.CutPrefix(entry.Name(), checkpointPrefix); found {
			if step, err := strconv.Atoi(number); err == nil {
				steps = append(steps, step)
			}
		}
	}
	slices.Sort(steps)
	return steps, nil
}
