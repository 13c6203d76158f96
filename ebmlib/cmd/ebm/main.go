// Command ebm trains energies and samples from them, over run directories that notebooks and programs share.
//
//	go run ./ebmlib/cmd/ebm train runs/digits --preset digits --steps 1000
//	go run ./ebmlib/cmd/ebm sample runs/digits --out samples.png
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ebm/ebmlib/train"
)

func main() {
	err := command().Execute()
	var interrupted *train.Interrupted
	switch {
	case err == nil:
	case errors.As(err, &interrupted):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(130) // As a shell reports a program that Ctrl-C ended.
	default:
		fmt.Fprintln(os.Stderr, "ebm:", err)
		os.Exit(1)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "ebm",
		Short:         "Train energy-based models by improved contrastive divergence, and sample from them",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(trainCommand(), sampleCommand(), fetchCommand())
	return root
}

// oneRun is the check of the arguments of a command on one run.
func oneRun(c *cobra.Command, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%d arguments: name the directory of one run, %s", len(args), c.UseLine())
	}
	return nil
}
