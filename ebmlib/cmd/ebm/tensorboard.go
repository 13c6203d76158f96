package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"ebm/ebmlib/train"
)

func tensorboardCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "tensorboard RUN",
		Short: "Write the metrics of the run in directory RUN for TensorBoard",
		Long: `Write the metrics of the run in directory RUN as an event file for TensorBoard, up to its last checkpoint. Done again, it replaces
what was written before. By default the file goes into the run's own directory, so that with runs in one folder

  tensorboard --logdir runs

shows each by its directory.`,
		Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error {
			run, err := train.Load(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				out = filepath.Join(args[0], "tensorboard")
			}
			if err := run.ExportTensorBoard(out); err != nil {
				return err
			}
			fmt.Printf("metrics of run %s, %d steps, for `tensorboard --logdir %s`\n", args[0], run.Step(), out)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "directory to write to (default: RUN/tensorboard)")
	return c
}
