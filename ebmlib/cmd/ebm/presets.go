package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ebm/ebmlib/train"
)

// preset is a setting that a run can start from, and the data set it is made for, "" if that has no name.
type preset struct {
	config func() train.Config
	set    string
}

var presets = map[string]preset{
	"digits":                    {train.Digits, "digits"},
	"points":                    {train.Points, "eight-gaussians"},
	"paper-celeba":              {train.PaperCelebA, "celeba"},
	"paper-cifar10":             {train.PaperCIFAR10, "cifar10"},
	"paper-cifar100":            {train.PaperCIFAR100, "cifar100"},
	"paper-conditional-cifar10": {train.PaperConditionalCIFAR10, "cifar10"},
	"paper-dsprites":            {train.PaperDSprites, "dsprites"},
	"paper-imagenet128":         {train.PaperImageNet128, ""},
	"paper-imagenet32":          {train.PaperImageNet32, "imagenet32"},
	"paper-lsun":                {train.PaperLSUN, "lsun"},
	"paper-mnist":               {train.PaperMNIST, "mnist"},
	"paper-objects":             {train.PaperObjects, "shapes@64"},
	"paper-stl10":               {train.PaperSTL10, "stl10"},
	"paper-svhn":                {train.PaperSVHN, "svhn"},
}

func presetNamed(name string) (preset, error) {
	p, found := presets[name]
	if !found {
		return p, fmt.Errorf("there is no preset %q: take one of %s", name, strings.Join(presetNames(), ", "))
	}
	return p, nil
}

func presetNames() []string { return slices.Sorted(maps.Keys(presets)) }

// presetTable has a line for each preset, with its data set.
func presetTable() string {
	var table strings.Builder
	for _, name := range presetNames() {
		set := presets[name].set
		if set == "" {
			set = "none: name a folder of images"
		}
		fmt.Fprintf(&table, "  %-26s %s\n", name, set)
	}
	return table.String()
}
