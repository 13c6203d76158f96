package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ebm/ebmlib/data"
	"ebm/ebmlib/train"
)

// presets are the settings a run can start from, with the data set each is made for.
var presets = map[string]struct {
	config func() train.Config
	set    string
}{
	"digits":      {train.Digits, "digits"},
	"paper-mnist": {train.PaperMNIST, "mnist-train"},
	"points":      {train.Points, "eight-gaussians"},
}

// pointsInSet is how many points of a two-dimensional density a training draws its batches from.
const pointsInSet = 20000

func trainCommand() *cobra.Command {
	var preset, set, directory string
	var steps int
	var seed int64
	c := &cobra.Command{
		Use:   "train RUN",
		Short: "Train the run in directory RUN, a new one or one that is there",
		Long: `Train the run in directory RUN until it has made --steps training steps in all. A run that is there goes on
where it stopped, so the same command resumes an interrupted training.

Data sets: digits (the largest set of handwritten digits at hand), mnist-train, mnist-test, a two-dimensional density
(` + strings.Join(densityNames(), ", ") + `), or the path of an IDX file of images, gzipped or not.`,
		Args: oneRun,
		RunE: func(_ *cobra.Command, args []string) error {
			p, found := presets[preset]
			if !found {
				return fmt.Errorf("there is no preset %q: take one of %s", preset, strings.Join(presetNames(), ", "))
			}
			if steps < 1 {
				return fmt.Errorf("--steps is %d; it must be at least 1", steps)
			}
			config := p.config()
			config.Seed = seed
			if set == "" {
				set = p.set
			}
			examples, err := readSet(set, directory)
			if err != nil {
				return err
			}
			run, err := train.Open(args[0], config)
			if err != nil {
				return err
			}
			fmt.Printf("training on %s: %d examples of shape %v\n", examples.Name, examples.Len(), examples.Shape)
			if err := run.Train(examples, steps); err != nil {
				return err
			}
			last := len(run.Metrics()["step"]) - 1
			fmt.Printf("run %s has made %d steps: mean E(data) %+.4f, mean E(samples) %+.4f\n", args[0], run.Step(),
				run.Metrics()["energy_data"][last], run.Metrics()["energy_samples"][last])
			return nil
		},
	}
	c.Flags().StringVar(&preset, "preset", "digits", "settings: "+strings.Join(presetNames(), ", "))
	c.Flags().StringVar(&set, "set", "", "data set (default: the preset's)")
	c.Flags().StringVar(&directory, "data", "", "data directory (default: $EBM_DATA, else ~/.ebm/data)")
	c.Flags().IntVar(&steps, "steps", 1000, "training steps the run shall have made in all")
	c.Flags().Int64Var(&seed, "seed", 0, "seed of everything random")
	return c
}

// readSet reads a data set by its name or path.
func readSet(name, directory string) (*data.Set, error) {
	switch name {
	case "digits":
		return data.Digits(directory)
	case "mnist-train", "mnist-test":
		return data.MNIST(directory, strings.TrimPrefix(name, "mnist-"))
	}
	if slices.Contains(densityNames(), name) {
		density, err := data.Density2DByName(name)
		if err != nil {
			return nil, err
		}
		return data.Points(density, pointsInSet, 0), nil
	}
	set, err := data.IDX(name, "")
	if err != nil {
		return nil, fmt.Errorf("data set %q: it is none of digits, mnist-train, mnist-test, %s, and as a file: %w",
			name, strings.Join(densityNames(), ", "), err)
	}
	return set, nil
}

func densityNames() []string {
	var names []string
	for _, density := range data.Densities2D() {
		names = append(names, density.Name)
	}
	return names
}

func presetNames() []string {
	var names []string
	for name := range presets {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
