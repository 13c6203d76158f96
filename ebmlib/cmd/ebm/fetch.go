package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ebm/ebmlib/data"
)

func fetchCommand() *cobra.Command {
	var directory string
	c := &cobra.Command{
		Use:   "fetch",
		Short: "Download MNIST into the data directory, unless it is there",
		Args:  cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			for _, split := range []string{"train", "test"} {
				set, err := data.MNIST(directory, split)
				if err != nil {
					return err
				}
				fmt.Printf("%s: %d images\n", set.Name, set.Len())
			}
			return nil
		},
	}
	c.Flags().StringVar(&directory, "data", "", "data directory (default: $EBM_DATA, else ~/.ebm/data)")
	return c
}
