package main

import (
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/numpy"
	"github.com/spf13/cobra"

	"ebm/ebmlib/plots"
	"ebm/ebmlib/train"
)

func sampleCommand() *cobra.Command {
	var out string
	var count, steps, columns int
	var label int32
	var at string
	c := &cobra.Command{
		Use:   "sample RUN",
		Short: "Draw samples from the run in directory RUN",
		Long: `Draw samples from the run in directory RUN, by chains from noise with the moving average of the weights, and write
them to --out: a picture (.png: a grid of images, or a scatter of points over the energy), or the numbers (.npy).

If the energy is conditional, samples are of its classes in turn, a column of the grid for each, or with --label of one class.`,
		Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			extension := filepath.Ext(out)
			if extension != ".png" && extension != ".npy" {
				return fmt.Errorf("--out is %q: end it in .png for a picture or .npy for the numbers", out)
			}
			run, err := loadAt(args[0], at)
			if err != nil {
				return err
			}
			var labels []int32
			if c.Flags().Changed("label") {
				labels = []int32{label}
			} else if classes := run.Config.Classes; classes > 0 && !c.Flags().Changed("columns") {
				columns = classes
			}
			samples, err := run.Sample(count, steps, labels...)
			if err != nil {
				return err
			}
			if extension == ".npy" {
				err = numpy.ToNpyFile(samples, out)
			} else {
				err = writePicture(run, samples, labels, columns, out)
			}
			if err != nil {
				return err
			}
			fmt.Printf("%d samples of run %s (step %d), %d chain steps each: %s\n", count, args[0], run.Step(), steps, out)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "samples.png", "file to write, .png or .npy")
	c.Flags().IntVarP(&count, "count", "n", 64, "samples")
	c.Flags().IntVar(&steps, "steps", 300, "steps of each chain")
	c.Flags().Int32Var(&label, "label", 0, "class of the samples of a conditional energy, counted from 0 (default: all in turn)")
	c.Flags().StringVar(&at, "at", "", "checkpoint to sample from: its step, or best (default: the newest)")
	c.Flags().IntVar(&columns, "columns", 8, "pictures in a row of the grid; of a conditional energy by default its classes")
	return c
}

// loadAt opens a run at its newest checkpoint, or at the best, or at that of a step.
func loadAt(dir, at string) (*train.Run, error) {
	switch at {
	case "":
		return train.Load(dir)
	case "best":
		best, err := train.Best(dir)
		if err != nil {
			return nil, err
		}
		return train.LoadAt(dir, best.Step)
	}
	step, err := strconv.Atoi(at)
	if err != nil {
		return nil, fmt.Errorf("--at is %q: give the step of a checkpoint, or best", at)
	}
	return train.LoadAt(dir, step)
}

func writePicture(run *train.Run, samples *tensors.Tensor, labels []int32, columns int, out string) error {
	if samples.Rank() == 4 {
		return plots.Save(out, plots.Grid(samples, columns))
	}
	if samples.Rank() != 2 || samples.Shape().Dim(1) != 2 {
		return fmt.Errorf("samples of shape %s can't be drawn: write them as numbers, with --out samples.npy", samples.Shape())
	}
	start := run.Config.Start
	m := plots.Map{XMin: start.Min, XMax: start.Max, YMin: start.Min, YMax: start.Max, Columns: 150, Rows: 150, Label: "energy"}
	energies, err := run.Energies(tensors.FromFlatDataAndDimensions(m.Points(), m.Columns*m.Rows, 2), labels...)
	if err != nil {
		return err
	}
	m.Values = energies
	return plots.Save(out, plots.EnergyMap("energy and samples", m, tensors.MustCopyFlatData[float32](samples)))
}
