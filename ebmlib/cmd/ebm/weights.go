package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"ebm/ebmlib/train"
	"ebm/ebmlib/weights"
)

func weightsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "weights",
		Short: "Bring weights into a run or out of it, by the reference's names",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(exportCommand(), importCommand(), listCommand())
	return c
}

func exportCommand() *cobra.Command {
	var out string
	var current bool
	c := &cobra.Command{
		Use:   "export RUN",
		Short: "Write the weights of the run in directory RUN to a file",
		Long: `Write the weights of the run in directory RUN, by the names of the reference's state dict, to --out, an .npz or
.safetensors file: their moving average, by which ebm sample draws, or with --current those being trained.`,
		Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			run, err := train.Load(args[0])
			if err != nil {
				return err
			}
			get, kind := run.AverageWeights, "moving averages of weights"
			if current {
				get, kind = run.Weights, "weights"
			}
			tensors, err := get()
			if err != nil {
				return err
			}
			if err := weights.Write(out, tensors); err != nil {
				return err
			}
			fmt.Printf("%d %s of run %s (step %d): %s\n", len(tensors), kind, args[0], run.Step(), out)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "weights.safetensors", "file to write, .npz or .safetensors")
	c.Flags().BoolVar(&current, "current", false, "the weights being trained, not their moving average")
	return c
}

func importCommand() *cobra.Command {
	var prefix, presetName string
	var shape []int
	c := &cobra.Command{
		Use:   "import RUN FILE",
		Short: "Set the weights of the run in directory RUN to those in a file",
		Long: `Set the weights of the run in directory RUN, and their moving average, to those in FILE, .npz or .safetensors, by the
names of the reference's state dict. The run keeps its step, optimiser and replay buffer, and training and sampling go on from
the weights set. With --preset and --shape the run may be a new one.`,
		Args: exactly(2),
		RunE: func(_ *cobra.Command, args []string) error {
			tensors, err := weights.Read(args[1])
			if err != nil {
				return err
			}
			run, err := loadOrOpen(args[0], presetName)
			if err != nil {
				return err
			}
			report, err := run.SetWeights(tensors.Under(prefix), shape...)
			if err != nil {
				return err
			}
			fmt.Printf("run %s (step %d): %s\n", args[0], run.Step(), report)
			return nil
		},
	}
	c.Flags().StringVar(&prefix, "prefix", "", "take the tensors whose names begin so, by the rest of their names: param/ in a golden file")
	c.Flags().StringVar(&presetName, "preset", "", "settings of a new run, a preset of ebm train (default: those of the run that is there)")
	c.Flags().IntSliceVar(&shape, "shape", nil, "of one example, in a run that knows no data yet: 3,32,32 for CIFAR-10")
	return c
}

// loadOrOpen opens the run that is in dir, or with a preset's name perhaps a new one.
func loadOrOpen(dir, presetName string) (*train.Run, error) {
	if presetName == "" {
		return train.Load(dir)
	}
	p, err := presetNamed(presetName)
	if err != nil {
		return nil, err
	}
	return train.Open(dir, p.config())
}

func listCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list FILE",
		Short: "List the names and shapes of the weights in a file",
		Args:  exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			tensors, err := weights.Read(args[0])
			if err != nil {
				return err
			}
			var width, values int
			for name, tensor := range tensors {
				width, values = max(width, len(name)), values+tensor.Size()
			}
			for _, name := range slices.Sorted(maps.Keys(tensors)) {
				fmt.Printf("%-*s  %v\n", width, name, tensors[name].Shape().Dimensions)
			}
			fmt.Printf("%d tensors, %d values: %s\n", len(tensors), values, args[0])
			return nil
		},
	}
}
