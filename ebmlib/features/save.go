package features

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ebm/ebmlib/internal/files"
	"ebm/ebmlib/internal/untrusted"
	"ebm/ebmlib/weights"
)

// A classifier's directory has what is told of it and its weights.
const (
	recordFile  = "classifier.json"
	weightsFile = "weights.safetensors"
	mostRecord  = 1 << 20 // bytes
)

// Save writes the classifier to a directory that it makes, under another name first, so that it is there whole or not at all.
//
// Errors: something is at dir already, which is left as it is; dir can't be written.
func (c *Classifier) Save(dir string) error {
	aside := filepath.Clean(dir) + ".writing"
	err := c.write(dir, aside)
	if err != nil {
		os.RemoveAll(aside)
		return fmt.Errorf("%s can't be saved in %s: %w", c.Name(), dir, err)
	}
	return nil
}

func (c *Classifier) write(dir, aside string) error {
	_, err := os.Lstat(dir)
	if err == nil {
		return errors.New("there is something of that name: remove it, or give another")
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	record, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	values, err := weights.Export(c.store.RootScope())
	if err != nil {
		return err
	}
	if err := os.RemoveAll(aside); err != nil { // Of a writing that was cut off.
		return err
	}
	if err := os.MkdirAll(aside, 0o777); err != nil {
		return err
	}
	// Like the weights it is on the disk before the directory gets its name.
	err = files.Replace(filepath.Join(aside, recordFile), func(w io.Writer) error {
		_, err := w.Write(append(record, '\n'))
		return err
	})
	if err != nil {
		return err
	}
	if err := weights.Write(filepath.Join(aside, weightsFile), values); err != nil {
		return err
	}
	return os.Rename(aside, dir)
}

// Load reads a classifier that [Classifier.Save] wrote.
//
// Errors: dir or a file of it is missing; the files are damaged, or not of one classifier.
func Load(dir string) (*Classifier, error) {
	c := &Classifier{}
	err := c.read(dir)
	if err != nil {
		return nil, fmt.Errorf("small classifier in %s: %w; restore it, or train another", dir, err)
	}
	return c, nil
}

func (c *Classifier) read(dir string) error {
	text, err := untrusted.ReadFile(filepath.Join(dir, recordFile), mostRecord)
	if err != nil {
		return err
	}
	if err := untrusted.JSON(text, c); err != nil {
		return fmt.Errorf("%s: %w", recordFile, err)
	}
	if err := c.check(); err != nil {
		return fmt.Errorf("%s: %w", recordFile, err)
	}
	values, err := weights.Read(filepath.Join(dir, weightsFile))
	if err != nil {
		return err
	}
	return c.build(values)
}

// check says what in a record is none of a classifier's.
func (c *Classifier) check() error {
	const mostValues = 1 << 22 // in an image: 1182x1182 pixels in colour
	size := 1
	for _, dim := range c.Shape {
		if dim < 1 || size > mostValues/dim {
			return fmt.Errorf("the shape of an image is %v, with a dimension below 1 or more than %d values", c.Shape, mostValues)
		}
		size *= dim
	}
	switch {
	case len(c.Shape) != 3 || min(c.Shape[1], c.Shape[2]) < leastSide:
		return fmt.Errorf("the shape of an image is %v, and not [channels, height, width] of at least %d pixels along each side", c.Shape, leastSide)
	case len(c.Classes) < 2:
		return fmt.Errorf("it has %d classes, and a classifier at least 2", len(c.Classes))
	case !(c.Accuracy >= 0 && c.Accuracy <= 1):
		return fmt.Errorf("the accuracy is %g, and not from 0 to 1", c.Accuracy)
	}
	return nil
}
