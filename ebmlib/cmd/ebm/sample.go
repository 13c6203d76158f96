package main

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/tensors/numpy"
	"github.com/spf13/cobra"

	"ebm/ebmlib/internal/files"
	"ebm/ebmlib/train"
)

func sampleCommand() *cobra.Command {
	var out, at string
	var columns int
	var labels []int32
	var weights []float64
	sampling := train.Sampling{From: train.Noise}
	c := &cobra.Command{
		Use:   "sample RUN...",
		Short: "Draw samples from the run in directory RUN, or from several composed",
		Long: `Draw samples from the run in directory RUN, by chains from noise with the moving average of the weights, and write
them to --out: a picture (.png: a grid of images, or a scatter of points over the energy), or the numbers (.npy).

If the energy is conditional, samples are of its classes in turn, a column of the grid or a scatter for each, or with --label of one class.

From the replay buffer, with many --rounds of few --steps, and the run's transitions between them, is how the paper's reference samples.

The energies of several runs are added, each times its --weight, and the chain is the first run's. Below 0 a weight negates:

  ebm sample runs/smiling runs/old --weight 1,-0.1
  ebm sample runs/shapes runs/shapes --label 2,4`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("0 arguments: it takes at least 1, %s", c.UseLine())
			}
			if slices.Contains(args, "") {
				return fmt.Errorf("RUN is empty: name one, %s", c.UseLine())
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			extension := filepath.Ext(out)
			if extension != ".png" && extension != ".npy" {
				return fmt.Errorf("--out is %q: end it in .png for a picture or .npy for the numbers", out)
			}
			composition, err := compose(args, at, weights, labels)
			if err != nil {
				return err
			}
			if classes := composition[0].Run.Config.Classes; classes > 0 && len(labels) == 0 && !c.Flags().Changed("columns") {
				columns = classes
			}
			if err := files.Prepare(out); err != nil {
				return err
			}
			samples, err := composition.SampleWith(sampling)
			if err != nil {
				return err
			}
			if extension == ".npy" {
				err = files.Replace(out, func(w io.Writer) error { return numpy.ToNpyWriter(samples, w) })
			} else {
				err = writePicture(composition, samples, columns, out)
			}
			if err != nil {
				return err
			}
			var from []string
			for i, part := range composition {
				from = append(from, fmt.Sprintf("run %s (step %d)", args[i], part.Run.Step()))
			}
			chains := fmt.Sprintf("%d chain steps each", sampling.Steps)
			if sampling.Rounds > 1 {
				chains = fmt.Sprintf("%d rounds of %s", sampling.Rounds, chains)
			}
			fmt.Printf("%d samples of %s, %s: %s\n", sampling.Count, strings.Join(from, ", "), chains, out)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "samples.png", "file to write, .png or .npy")
	c.Flags().IntVarP(&sampling.Count, "count", "n", 64, "samples")
	c.Flags().StringVar((*string)(&sampling.From), "from", string(sampling.From), "where chains start: noise, or buffer, the first run's replay buffer")
	c.Flags().IntVar(&sampling.Rounds, "rounds", 1, "rounds of each chain; all but the first begin with the first run's transitions")
	c.Flags().IntVar(&sampling.Steps, "steps", 300, "steps of each chain, in each round")
	c.Flags().IntVar(&sampling.Batch, "batch", 0, "how many chains are made at once, at most, which bounds the memory (0: all)")
	c.Flags().Int32SliceVar(&labels, "label", nil, "class of the samples, counted from 0: one for each conditional run (default: all in turn)")
	c.Flags().Float64SliceVar(&weights, "weight", nil, "of each run's energy (default: 1)")
	c.Flags().StringVar(&at, "at", "", "checkpoint to sample from: its step, or best (default: the newest)")
	c.Flags().IntVar(&columns, "columns", 8, "pictures in a row of the grid; of a conditional energy by default its classes")
	return c
}

// compose opens the runs, each with its weight, and if it is conditional the next of the labels.
func compose(dirs []string, at string, weights []float64, labels []int32) (train.Composition, error) {
	if len(weights) > 0 && len(weights) != len(dirs) {
		return nil, fmt.Errorf("--weight has %d values for %d runs: give one for each", len(weights), len(dirs))
	}
	composition := make(train.Composition, len(dirs))
	conditional := 0
	for i, dir := range dirs {
		part := train.Part{Weight: 1}
		if first := slices.Index(dirs, dir); first < i {
			part.Run = composition[first].Run
		} else {
			var err error
			if part.Run, err = loadAt(dir, at); err != nil {
				return nil, err
			}
		}
		if len(weights) > 0 {
			part.Weight = weights[i]
		}
		if part.Run.Config.Classes > 0 {
			if conditional < len(labels) {
				part.Labels = labels[conditional : conditional+1]
			}
			conditional++
		}
		composition[i] = part
	}
	if len(labels) > 0 && len(labels) != conditional {
		return nil, fmt.Errorf("--label has %d values, and %d of the runs are conditional: give one for each of these", len(labels), conditional)
	}
	return composition, nil
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
