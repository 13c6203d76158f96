package plots

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ebm/ebmlib/internal/files"
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

// writeFile writes a file whole, making the folders on the way.
func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("plots: %s can't be written: %w", path, err)
	}
	err := files.Replace(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("plots: %w", err)
	}
	return nil
}
