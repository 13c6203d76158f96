package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/golden"
)

func goldenCommand() *cobra.Command {
	var engineName string
	var all bool
	c := &cobra.Command{
		Use:   "golden PATH...",
		Short: "Compare this project's numbers with those of the reference in golden files",
		Long: `Compare this project's numbers with those of the paper's reference implementation. A golden file is an .npz of weights,
inputs and numbers, with a .json of its settings beside it. PATH is such a file, or a directory, of which every .npz is checked.

A line for each quantity has its largest error and what is allowed; of the gradients in the parameters only the worst of each
kind is shown, unless --all is given. The exit status is 0 only if all quantities of all files hold.`,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("name golden files, or directories of them, %s", c.UseLine())
			}
			engines, err := goldenEngines(engineName)
			if err != nil {
				return err
			}
			var kinds, problems []string
			for _, engine := range engines {
				fmt.Println(engine)
				kinds = append(kinds, engine.Kind)
			}
			var checked int
			for _, path := range args {
				files, err := goldenFiles(path)
				if err != nil {
					problems = append(problems, err.Error())
				}
				for _, file := range files {
					checked++
					for _, engine := range engines {
						if problem := checkGolden(engine, file, all); problem != "" {
							problems = append(problems, problem)
						}
					}
				}
			}
			on := strings.Join(kinds, ", ")
			if len(problems) > 0 {
				return fmt.Errorf("golden files checked on %s: %d, not all hold:\n  %s", on, checked, strings.Join(problems, "\n  "))
			}
			fmt.Printf("golden files checked on %s: %d, all hold\n", on, checked)
			return nil
		},
	}
	c.Flags().StringVar(&engineName, "engine", "", `go, onnx, xla, or "all" that this machine has (default: $`+backends.Variable+`, else go, which
is ready in a second where the others take up to minutes to prepare the second derivatives)`)
	c.Flags().BoolVar(&all, "all", false, "show every quantity")
	return c
}

// goldenEngines are the engines to check on.
func goldenEngines(name string) ([]*backends.Engine, error) {
	if name == "" {
		name = cmp.Or(os.Getenv(backends.Variable), "go")
	}
	if name != "all" {
		engine, err := backends.OpenNamed(name)
		return []*backends.Engine{engine}, err
	}
	var engines []*backends.Engine
	for _, name := range []string{"go", "onnx", "xla"} {
		engine, err := backends.OpenNamed(name)
		if missing := backends.Missing(""); errors.As(err, &missing) {
			fmt.Println(err)
			continue
		}
		if err != nil {
			return nil, err
		}
		engines = append(engines, engine)
	}
	return engines, nil
}

// goldenFiles are the golden files at a path, in the order of their names.
func goldenFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) == ".npz" {
			files = append(files, filepath.Join(path, entry.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no golden files: they end in .npz, each with a .json beside it", path)
	}
	return files, nil
}

// checkGolden checks a file, prints its report, and gives what is wrong with it, "" if nothing is.
func checkGolden(engine *backends.Engine, file string, all bool) (problem string) {
	report, err := golden.Check(engine, file)
	if err != nil {
		fmt.Printf("%s can't be checked\n", file)
		return err.Error()
	}
	if all {
		fmt.Print(report)
	} else {
		fmt.Print(report.Summary())
	}
	var failed int
	for _, quantity := range report.Quantities {
		if !quantity.Holds() {
			failed++
		}
	}
	if report.Holds() {
		return ""
	}
	return fmt.Sprintf("%s on %s: %d of %d quantities fail", file, engine.Kind, failed, len(report.Quantities))
}
