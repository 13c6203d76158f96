package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ebm/ebmlib/data"
)

// This file has what --skip-corrupt is to the commands that read images.

func skipCorruptFlag(c *cobra.Command, skip *bool) {
	c.Flags().BoolVar(skip, "skip-corrupt", false, "let the next image stand in for one that can't be decoded, and list those")
}

// skipCorrupt has the next image of a source stand in for one that can't be decoded, if its images are in files of their own.
func skipCorrupt(source data.Source) (skipping data.Source, inFiles bool) {
	files, inFiles := source.(*data.ImageFiles)
	if !inFiles {
		return source, false
	}
	return files.SkippingCorrupt(), true
}

func nothingToSkip(names ...string) error {
	return fmt.Errorf("--skip-corrupt is for images in files of their own, and those of %s are not: leave it away", strings.Join(names, ", "))
}

// listCorrupt prints the images that were skipped.
func listCorrupt(sources ...data.Source) {
	for _, source := range sources {
		if files, inFiles := source.(*data.ImageFiles); inFiles && files.Corrupt() != nil {
			fmt.Println(files)
		}
	}
}
