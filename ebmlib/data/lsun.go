package data

import (
	"fmt"
	"slices"
	"strings"
)

var lsunOfficial = official{
	set:    "LSUN",
	folder: "lsun",
	source: "the category from https://www.yf.io/p/lsun and its images by data.py export of https://github.com/fyu/lsun",
}

// LSUN is the images of one or more categories of LSUN, such as "bedroom_train", as the official script exports them from the
// databases: each category a folder of its name, with images in it at any depth. (They lie six folders deep, by the first
// characters of their keys, and end in .webp whatever their format.) The folders are looked for in the data directory dir (see
// [Dir]) and in its folder lsun. With several categories each is a class, in the order given; with one there are no labels.
//
// No category, one given twice, and one whose folder is missing or has no images are errors.
func LSUN(dir string, settings ImageSettings, categories ...string) (*ImageFiles, error) {
	dir, err := Dir(dir)
	if err != nil {
		return nil, err
	}
	if len(categories) == 0 || slices.Contains(categories, "") {
		return nil, fmt.Errorf(`LSUN: the categories %q are not enough: name each, for example "bedroom_train"`, categories)
	}
	folders := make([]string, len(categories))
	for i, category := range categories {
		if slices.Contains(categories[:i], category) {
			return nil, fmt.Errorf("LSUN: the category %q is given twice: give it once", category)
		}
		if folders[i], err = lsunOfficial.need(dir, category); err != nil {
			return nil, err
		}
	}
	images, err := classFolders("LSUN "+strings.Join(categories, ", "), folders, settings)
	if err != nil {
		return nil, fmt.Errorf("LSUN: %w", err)
	}
	if len(categories) == 1 {
		images.index.Labels, images.index.Classes = nil, nil
	}
	return images, nil
}
