package train

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/internal/untrusted"
)

// This file has a checkpoint as a directory: GoMLX's two files of all variables, score.json where the run has a score, and SHA256SUMS of
// these, which `sha256sum -c SHA256SUMS` checks too.

const (
	checkpointsFolder = "checkpoints"
	checkpointPrefix  = "step-"
	sumsFile          = "SHA256SUMS"
	scoreFile         = "score.json"
	replacedSuffix    = ".replaced" // of one in whose place another of the same step is put
)

// checkpointName is the path that the checkpoint of a step is saved at.
func checkpointName(dir string, step int) string {
	return filepath.Join(dir, checkpointsFolder, fmt.Sprintf("%s%09d", checkpointPrefix, step))
}

// checkpointPath is where the checkpoint of a step lies: at its name, or beside it if the program ended while another was put in its place.
func checkpointPath(dir string, step int) string {
	name := checkpointName(dir, step)
	_, err := os.Lstat(name)
	_, errReplaced := os.Lstat(name + replacedSuffix)
	if errors.Is(err, fs.ErrNotExist) && errReplaced == nil {
		return name + replacedSuffix
	}
	return name
}

// removeCheckpoint removes that of a step, and what was left of one that it replaced.
func removeCheckpoint(dir string, step int) error {
	name := checkpointName(dir, step)
	return errors.Join(os.RemoveAll(name+replacedSuffix), os.RemoveAll(name))
}

// writeCheckpoint writes one aside first and then renames it into place, so that it is there whole or not at all. One of that name, which was
// damaged or of a training that has been given up, is renamed too, for prune to remove: at every moment one of them is there.
func writeCheckpoint(dir string, step int, store *model.Store, score *float64) error {
	folder, name := filepath.Join(dir, checkpointsFolder), checkpointName(dir, step)
	aside := filepath.Join(folder, ".writing")
	err := os.RemoveAll(aside)
	if err == nil {
		err = os.MkdirAll(aside, 0o777)
	}
	if err == nil {
		err = writeStore(store, aside)
	}
	if err == nil && score != nil {
		err = writeScore(aside, *score)
	}
	if err == nil {
		err = writeSums(aside)
	}
	if err == nil {
		err = makeRoom(name)
	}
	if err == nil {
		err = os.Rename(aside, name)
	}
	if err == nil {
		err = errors.Join(syncPath(folder), syncPath(dir)) // The folder may be new.
	}
	if err != nil {
		os.RemoveAll(aside) // It fills a disk that may be full.
		return fmt.Errorf("the checkpoint of step %d can't be saved in %s: %w; those before it are untouched", step, folder, err)
	}
	return nil
}

// makeRoom renames a checkpoint, if there is one, for another of its name.
func makeRoom(name string) error {
	if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	err := os.RemoveAll(name + replacedSuffix)
	if err == nil {
		err = os.Rename(name, name+replacedSuffix)
	}
	return err
}

func writeStore(store *model.Store, dir string) error {
	handler, err := checkpoint.Build(store).Dir(dir).WithCompression(checkpoint.BinUncompressed).Done()
	if err != nil {
		return err
	}
	return handler.Save()
}

func writeScore(dir string, score float64) error {
	text, err := json.Marshal(score)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, scoreFile), append(text, '\n'), 0o666)
}

// writeSums writes the checksums of a directory's files, and makes sure that all is on the disk.
func writeSums(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, file := range files {
		sum, err := checksum(filepath.Join(dir, file.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%s  %s\n", sum, file.Name())
		if err := syncPath(filepath.Join(dir, file.Name())); err != nil {
			return err
		}
	}
	path := filepath.Join(dir, sumsFile)
	if err := os.WriteFile(path, []byte(sums.String()), 0o666); err != nil {
		return err
	}
	return errors.Join(syncPath(path), syncPath(dir))
}

// checkSums returns an error that names the first file of a directory that isn't as its checksum says, or that has none.
func checkSums(dir string) error {
	text, err := untrusted.ReadFile(filepath.Join(dir, sumsFile), maxNote)
	if err != nil {
		return err
	}
	want := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "  ")
		want[name] = sum
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if file.Name() == sumsFile {
			continue
		}
		if !file.Type().IsRegular() {
			return fmt.Errorf("%s is a link, a directory or a device, and a checkpoint has none", file.Name())
		}
		sum, err := checksum(filepath.Join(dir, file.Name()))
		if err != nil {
			return err
		}
		if sum != want[file.Name()] {
			return fmt.Errorf("%s is damaged: its SHA-256 is not the one in %s", file.Name(), sumsFile)
		}
		delete(want, file.Name())
	}
	for name := range want {
		return fmt.Errorf("%s is missing", name)
	}
	return nil
}

func checksum(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", hash.Sum(nil)), nil
}

// replaceFile writes a file aside and renames it into place, and makes sure that it is on the disk.
func replaceFile(path string, content []byte) error {
	aside := filepath.Join(filepath.Dir(path), ".writing")
	err := os.WriteFile(aside, content, 0o666)
	if err == nil {
		err = syncPath(aside)
	}
	if err == nil {
		err = os.Rename(aside, path)
	}
	if err == nil {
		err = syncPath(filepath.Dir(path))
	}
	if err != nil {
		os.Remove(aside)
	}
	return err
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

// loadNewest reads the newest checkpoint of a run that is whole: its store and step, or nil and 0 if there is none. Those after it that are
// damaged are named on standard error.
func loadNewest(dir string) (*model.Store, int, error) {
	store, step, damaged, err := newestWhole(dir, math.MaxInt)
	if err == nil && store == nil && damaged != nil {
		err = fmt.Errorf("%w; there is none before it: restore it, or remove %s to start the run anew",
			errors.Join(damaged...), filepath.Join(dir, checkpointsFolder))
	}
	if err != nil {
		return nil, 0, err
	}
	for _, fault := range damaged {
		fmt.Fprintf(os.Stderr, "%v; going back to the checkpoint of step %d\n", fault, step)
	}
	return store, step, nil
}

// newestWhole reads the newest checkpoint of a run, up to a step, that is whole: its store and step, or nil and 0 if there is none. What is
// wrong with those after it is in damaged.
func newestWhole(dir string, upTo int) (store *model.Store, step int, damaged []error, err error) {
	steps, err := checkpointSteps(dir)
	if err != nil {
		return nil, 0, nil, err
	}
	for _, step := range slices.Backward(steps) {
		if step > upTo {
			continue
		}
		store, err := loadCheckpoint(dir, step)
		if err == nil {
			return store, step, damaged, nil
		}
		damaged = append(damaged, err)
	}
	return nil, 0, damaged, nil
}

func loadCheckpoint(dir string, step int) (*model.Store, error) {
	path := checkpointPath(dir, step)
	err := checkSums(path)
	store := model.NewStore()
	if err == nil {
		err = checkCheckpoint(path)
	}
	if err == nil {
		panicked := exceptions.TryCatch[error](func() {
			_, err = checkpoint.Load(store).Dir(path).Immediate().Done()
		})
		err = errors.Join(err, panicked)
	}
	if err == nil && (store.GetVariable(replayPath) == nil || store.GetVariable(randomPath) == nil) {
		err = errors.New("it lacks variables")
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s can't be read: %w", path, err)
	}
	store.SetLoader(nil)
	for variable := range store.IterVariables() {
		variable.SetTrainable(strings.HasPrefix(variable.Path(), energyPath+"/"))
	}
	return ordered(store)
}

// ordered is a copy of the store with its variables in the order of their paths. A checkpoint gives them in none, and an engine may compute
// another last bit of a graph that takes them in another order.
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
			if step, err := strconv.Atoi(strings.TrimSuffix(number, replacedSuffix)); err == nil {
				steps = append(steps, step)
			}
		}
	}
	slices.Sort(steps)
	return slices.Compact(steps), nil
}
