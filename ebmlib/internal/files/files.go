// Package files writes files that are there whole, or as they were.
package files

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Replace writes a file aside, sees to it that it is on the disk, and renames it, so that an error leaves what was there. What is there and
// isn't a file, such as /dev/stdout, is written to itself.
func Replace(path string, write func(w io.Writer) error) error {
	replace := aside
	if isDevice(path) {
		replace = to
	}
	if err := replace(path, write); err != nil {
		return fmt.Errorf("%s can't be written: %w", path, err)
	}
	return nil
}

func aside(path string, write func(w io.Writer) error) (err error) {
	file, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	defer func() {
		file.Close()
		if err != nil {
			os.Remove(file.Name())
		}
	}()
	if err := buffered(file, write); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func to(path string, write func(w io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(buffered(file, write), file.Close())
}

// buffered is the error of the first write that fails, even if the writer goes on.
func buffered(file *os.File, write func(w io.Writer) error) error {
	w := bufio.NewWriter(file)
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}

// isDevice says whether there is something other than a file, or a link to it.
func isDevice(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && !info.Mode().IsRegular()
}

// Prepare makes the folder of a file that is to be written, and tries whether one can be written there: that is better known before the work
// for it than after.
func Prepare(path string) error {
	if err := try(path); err != nil {
		return fmt.Errorf("%s can't be written: %w", path, err)
	}
	return nil
}

func try(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return errors.New("it is a folder: name a file")
	}
	if isDevice(path) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	probe, err := os.CreateTemp(filepath.Dir(path), ".writable-*")
	if err != nil {
		return err
	}
	probe.Close()
	return os.Remove(probe.Name())
}
