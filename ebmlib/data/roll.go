package data

import (
	"bufio"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// eachLine calls do with the number and the words of each line of a file. Its error is returned with the file and the line.
func eachLine(path string, do func(line int, fields []string) error) error {
	file, _, err := openFile(path)
	if err != nil {
		return fmt.Errorf("list of images: %w", err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	line := 1
	for ; lines.Scan(); line++ {
		if err := do(line, strings.Fields(lines.Text())); err != nil {
			return fmt.Errorf("%s, line %d: %w", path, line, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%s, line %d: %w", path, line, err)
	}
	return nil
}

// roll tells which of a folder's images a list has named: each must be there once.
type roll struct {
	folder  string
	names   []string
	rows    map[string]int // of the images, by name
	lines   []int          // where each was named; 0 if it was not yet
	checked int            // how many were named
}

func newRoll(paths []string) *roll {
	r := &roll{folder: filepath.Dir(paths[0]), rows: map[string]int{}, lines: make([]int, len(paths))}
	for i, path := range paths {
		name := filepath.Base(path)
		r.names = append(r.names, name)
		r.rows[name] = i
	}
	return r
}

// check notes that a line names an image, and returns the image's row.
func (r *roll) check(line int, name string) (int, error) {
	row, ok := r.rows[name]
	if !ok {
		return 0, fmt.Errorf("the image %s is not in %s: unpack the images again", name, r.folder)
	}
	if first := r.lines[row]; first != 0 {
		return 0, fmt.Errorf("the image %s is named a second time, after line %d", name, first)
	}
	r.lines[row] = line
	r.checked++
	return row, nil
}

// missing is an error if an image was not named.
func (r *roll) missing(path string) error {
	if row := slices.Index(r.lines, 0); row >= 0 {
		return fmt.Errorf("%s: it does not name the image %s, which is in %s: get the list again, or remove the image", path, r.names[row], r.folder)
	}
	return nil
}
