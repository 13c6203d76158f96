package data

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// official says where the files of a data set come from and where they are looked for.
type official struct {
	set    string // name of the set
	folder string // of the data directory, into which its files are put
	source string // what to get, and the page that has it
}

// find returns the path of the first of these files that is there, in the data directory dir or in the set's folder of it, or
// "". What is there but cannot be read counts as found: reading it says why not.
func (o official) find(dir string, names ...string) string {
	for _, folder := range []string{dir, filepath.Join(dir, o.folder)} {
		for _, name := range names {
			path := filepath.Join(folder, name)
			if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
				return path
			}
		}
	}
	return ""
}

// need is find for a file that must be there: otherwise the error says what to get from where, and where to put it.
func (o official) need(dir, name string) (string, error) {
	if path := o.find(dir, name); path != "" {
		return path, nil
	}
	return "", o.missing(dir, name)
}

// needAny is need for files numbered from 1 to last, at least one of which must be there. Those that are come in their order.
func (o official) needAny(dir, pattern string, last int) ([]string, error) {
	var paths []string
	for i := 1; i <= last; i++ {
		if path := o.find(dir, fmt.Sprintf(pattern, i)); path != "" {
			paths = append(paths, path)
		}
	}
	if paths == nil {
		return nil, o.missing(dir, fmt.Sprintf(pattern+" to "+pattern, 1, last))
	}
	return paths, nil
}

func (o official) missing(dir, names string) error {
	return missing(fmt.Sprintf("%s: there is no %s in %s: get %s, and put the files into %s", o.set, names, dir, o.source, filepath.Join(dir, o.folder)))
}

// missing is the error of a set whose files are not there: what was looked for, and how to get it.
type missing string

func (m missing) Error() string { return string(m) }

// names reads the names of classes from the set's file of this name, one a line, as many as there are customary ones. These
// are returned if the file is missing.
func (o official) names(dir, name string, customary []string) ([]string, error) {
	path := o.find(dir, name)
	if path == "" {
		return customary, nil
	}
	names, err := readNames(path, len(customary))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.set, err)
	}
	return names, nil
}

// splitErr is the error for a split that the set has not.
func (o official) splitErr(split string, splits ...string) error {
	return &splitError{o.set, split, splits}
}

type splitError struct {
	set, split string
	has        []string // as they are customarily listed, the training's first
}

func (e *splitError) Error() string {
	return fmt.Sprintf("%s has no split %q: it has %q", e.set, e.split, e.has)
}

// openFile opens the file at path and tells how many bytes it has. One that is not a regular file is an error.
func openFile(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is a directory or device: give the path of the file itself", path)
	}
	file, err := os.Open(path)
	return file, info.Size(), err
}

// wholeRecords is how many records of size bytes make up a file of so many bytes. None, or a part of one, is an error.
func wholeRecords(path string, bytes int64, size int) (int, error) {
	if bytes == 0 || bytes%int64(size) != 0 {
		return 0, fmt.Errorf("%s has %d bytes, which is no whole number of records of %d bytes: it is truncated, or of another format; get it again",
			path, bytes, size)
	}
	return int(bytes / int64(size)), nil
}

// readNames reads the names of count classes, one a line; empty lines do not count.
func readNames(path string, count int) ([]string, error) {
	file, _, err := openFile(path)
	if err != nil {
		return nil, fmt.Errorf("names of classes: %w", err)
	}
	defer file.Close()
	var names []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if name := strings.TrimSpace(lines.Text()); name != "" {
			names = append(names, name)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("names of classes %s: %w; it should have one name a line", path, err)
	}
	if len(names) != count {
		return nil, fmt.Errorf("names of classes %s: there must be %d, one a line, and it has %d: get the file again, or remove it",
			path, count, len(names))
	}
	return names, nil
}

// numbers are the names "first" to "last", for classes that are known by their number.
func numbers(first, last int) []string {
	names := make([]string, 0, last-first+1)
	for i := first; i <= last; i++ {
		names = append(names, strconv.Itoa(i))
	}
	return names
}
