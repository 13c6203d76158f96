package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ebm/ebmlib/doctor"
)

func doctorCommand() *cobra.Command {
	var directory string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Examine this machine: engines, Jupyter kernel, data; and say what to do about what is missing",
		Long: `Examine what this project needs of this machine: its engines, of which each is opened and computes gradients that are compared with finite
differences, its Jupyter kernel and its data sets. What is missing is advised on. The exit status is 1 if training could not run: if the
engine that would be chosen doesn't open, or computes wrong gradients.`,
		Args: exactly(0),
		RunE: func(c *cobra.Command, _ []string) error {
			program, err := os.Executable()
			if err != nil {
				return err
			}
			report := doctor.Examine(c.Context(), doctor.Options{EngineCommand: []string{program, "doctor", "engine"}, Data: directory})
			fmt.Print(report)
			return report.Err
		},
	}
	c.Flags().StringVar(&directory, "data", "", "data directory (default: $EBM_DATA, else ~/.ebm/data)")
	c.AddCommand(&cobra.Command{
		Use:    "engine NAME",
		Short:  "Open and test an engine",
		Hidden: true,
		Args:   exactly(1),
		RunE:   func(_ *cobra.Command, args []string) error { return doctor.TestEngine(args[0], os.Stdout) },
	})
	return c
}
