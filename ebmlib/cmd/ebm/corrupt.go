package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ebm/ebmlib/data"
)

// This file has what --skip-corrupt is to the commands that read images.

func skipCorruptFlag(c *cobra.Command, skip *bool) {
	c.Flags().BoolVar(skip, "skip-corrupt", false, "let the next image stand in for one that can't be decoded, and list those")
}

// inFiles tells whether a source's images are in files of their own, of which each may be corrupt by itself.
func inFiles(source data.Source) bool {
	_, are := source.(*data.ImageFiles)
	return are
}

// skippingCorrupt is a source in which the next image stands in for one that can't be decoded, if they are in files of their own.
func skippingCorrupt(source data.Source) data.Source {
	if files, are := source.(*data.ImageFiles); are {
		return files.SkippingCorrupt()
	}
	return source
}

// canSkip is an error if none of the sources, of these names, is in files of its own.
func canSkip(names []string, sources ...data.Source) error {
	if slices.ContainsFunc(sources, inFiles) {
		return nil
	}
	return fmt.Errorf("--skip-corrupt is for images in files of their own, and those of %s are not: leave it away", strings.Join(names, ", "))
}

// listCorrupt prints the images that were skipped.
func listCorrupt(sources ...data.Source) {
	for _, source := range sources {
		if files, are := source.(*data.ImageFiles); are && files.Corrupt() != nil {
			fmt.Println(files)
		}
	}
}
