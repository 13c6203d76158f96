// Command ebm trains energies and samples from them, over run directories that notebooks and programs share.
//
//	go run ./ebmlib/cmd/ebm train runs/digits --preset digits --steps 1000
//	go run ./ebmlib/cmd/ebm sample runs/digits --out samples.png
//	go run ./ebmlib/cmd/ebm eval runs/cifar --set cifar10
//	go run ./ebmlib/cmd/ebm ood --run runs/cifar --in cifar10 --out cifar100
//	go run ./ebmlib/cmd/ebm weights export runs/digits --out digits.safetensors
//	go run ./ebmlib/cmd/ebm golden ebmlib/golden/testdata
//	go run ./ebmlib/cmd/ebm bench a10 --against torch
//	go run ./ebmlib/cmd/ebm doctor
package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

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
	root.AddCommand(trainCommand(), sampleCommand(), weightsCommand(), goldenCommand(), benchCommand(), fetchCommand(), tensorboardCommand(), doctorCommand(), evalCommand(), oodCommand())
	return root
}

// exactly is the check of a command that takes so many arguments.
func exactly(count int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != count {
			return fmt.Errorf("%d arguments: it takes %d, %s", len(args), count, c.UseLine())
		}
		if i := slices.Index(args, ""); i >= 0 {
			return fmt.Errorf("%s is empty: name one, %s", strings.Fields(c.Use)[1+i], c.UseLine())
		}
		return nil
	}
}
