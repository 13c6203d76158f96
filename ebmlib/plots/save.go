package plots

import (
	"fmt"
	"os"
	"path/filepath"
)

// Save writes the figure to a file whose name ends in .png, making the folders
// on the way. The write is atomic: a reader finds the old file or the whole
// new one, and an error leaves what was there.
func Save(path string, f Figure) error {
	if filepath.Ext(path) != ".png" {
		return fmt.Errorf("plots: cannot save to %q: figures are PNG images, end the name in .png", path)
	}
	png, err := encode(f)
	if err != nil {
		return err
	}
	return writeFile(path, png)
}

// writeFile writes a file beside its place, then moves it there.
func writeFile(path string, data []byte) error {
	if err := writeAndRename(path, data); err != nil {
		return fmt.Errorf("plots: cannot write %s: %w", path, err)
	}
	return nil
}

func writeAndRename(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // after the rename there is nothing left to remove
	_, err = file.Write(data)
	if err == nil {
		err = file.Chmod(0o644)
	}
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
