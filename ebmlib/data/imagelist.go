package data

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// readAttributes reads a list of attributes: a line with the number of images, one with the names of the attributes, and then a
// line for each image with its file's name and, for each attribute, 1 or -1. Labels are in the order of the images, whose paths
// are given.
func readAttributes(path string, images []string) ([]Attribute, error) {
	var attributes []Attribute
	var count int
	roll := newRoll(images)
	err := eachLine(path, func(line int, fields []string) (err error) {
		switch {
		case line == 1 && len(fields) == 1:
			count, err = strconv.Atoi(fields[0])
			return err
		case line == 1:
			return fmt.Errorf("it has %d words, and must have one, the number of images", len(fields))
		case line == 2:
			attributes, err = newAttributes(fields, len(images))
			return err
		case len(fields) != 1+len(attributes):
			return fmt.Errorf("it has %d words, and must have %d: an image and its value of each attribute", len(fields), 1+len(attributes))
		}
		row, err := roll.check(line, fields[0])
		if err != nil {
			return err
		}
		for i, value := range fields[1:] {
			switch value {
			case "1":
				attributes[i].Labels[row] = 1
			case "-1":
			default:
				return fmt.Errorf("the value of %s is %q, and must be 1 or -1", attributes[i].Name, value)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if attributes == nil {
		return nil, fmt.Errorf("%s: it ends before the names of the attributes: get the list again", path)
	}
	if count != roll.checked {
		return nil, fmt.Errorf("%s, line 1: it says %d images, and %d follow: get the list again", path, count, roll.checked)
	}
	return attributes, roll.missing(path)
}

// maxAttributes bounds the attributes of a list, since each takes memory for all of the folder's images. CelebA has 40.
const maxAttributes = 256

// newAttributes are those of these names, with labels 0 for count images.
func newAttributes(names []string, count int) ([]Attribute, error) {
	if len(names) == 0 {
		return nil, errors.New("it is empty, and must have the names of the attributes")
	}
	if len(names) > maxAttributes {
		return nil, fmt.Errorf("it has the names of %d attributes: up to %d are read", len(names), maxAttributes)
	}
	attributes := make([]Attribute, len(names))
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("it has the attribute %s twice", name)
		}
		attributes[i] = Attribute{Name: name, Classes: []string{"no " + name, name}, Labels: make([]int32, count)}
	}
	return attributes, nil
}

// readSplit reads a list of splits: a line for each image with its file's name and the number of its split, 0, 1 or 2. It returns
// which of the images, whose paths are given, have this number.
func readSplit(path string, images []string, number int) ([]int, error) {
	var rows []int
	roll := newRoll(images)
	err := eachLine(path, func(line int, fields []string) error {
		if len(fields) != 2 {
			return fmt.Errorf("it has %d words, and must have two: an image and the number of its split", len(fields))
		}
		row, err := roll.check(line, fields[0])
		if err != nil {
			return err
		}
		if !slices.Contains([]string{"0", "1", "2"}, fields[1]) {
			return fmt.Errorf("the split is %q, and must be 0, 1 or 2", fields[1])
		}
		if fields[1] == strconv.Itoa(number) {
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if rows == nil {
		return nil, fmt.Errorf("%s: no image has the split %d: get the list again", path, number)
	}
	slices.Sort(rows)
	return rows, roll.missing(path)
}
