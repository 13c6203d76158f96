package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/golden"
)

// readWork reads a work.json.
func readWork(path string) (Work, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Work{}, err
	}
	var x exchange
	if err := json.Unmarshal(text, &x); err != nil {
		return Work{}, fmt.Errorf("%s: %w", path, err)
	}
	w, err := x.work()
	if err != nil {
		return w, fmt.Errorf("%s: %w", path, err)
	}
	return w, nil
}

// exchanges writes the files of works into a folder of its own.
type exchanges struct {
	folder  string
	numbers map[string]string // the .npz of each check that was written, by its setting
}

// write writes a work.json with its work.npz, and gives the path of the former, and that of the numbers. Works that differ in nothing that the
// check computes share the numbers of one check.
func (e *exchanges) write(x exchange) (path, numbers string, err error) {
	folder, err := os.MkdirTemp(e.folder, "work-")
	if err != nil {
		return "", "", err
	}
	key, err := json.Marshal(x.Setting)
	if err != nil {
		return "", "", err
	}
	beside := filepath.Join(folder, "work.npz")
	if numbers = e.numbers[string(key)]; numbers != "" {
		err = os.Link(numbers, beside)
	} else {
		numbers = beside
		err = writeNumbers(numbers, x.Setting)
	}
	if err != nil {
		return "", "", err
	}
	e.numbers[string(key)] = numbers
	text, err := json.MarshalIndent(x, "", "  ")
	if err != nil {
		return "", "", err
	}
	path = filepath.Join(folder, "work.json")
	return path, numbers, os.WriteFile(path, append(text, '\n'), 0o666)
}

// writeNumbers computes the check on the engine that every machine has.
func writeNumbers(path string, setting golden.Setting) error {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		return err
	}
	return golden.Write(engine, path, setting, checkBatch, checkSeed)
}
