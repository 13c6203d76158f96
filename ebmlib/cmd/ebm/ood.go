package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"ebm/ebmlib/data"
	"ebm/ebmlib/internal/files"
	"ebm/ebmlib/metrics"
	"ebm/ebmlib/train"
)

func oodCommand() *cobra.Command {
	var o oodOptions
	c := &cobra.Command{
		Use:   "ood",
		Short: "Tell foreign data from a run's own by the energy",
		Long: `Tell foreign data from a run's own by the energy (section 4.3 of the paper): the area under the ROC curve, with its 95% confidence
interval, of taking what has the higher energy for foreign. 1 is without a mistake, 0.5 by chance.

--in and --out name data sets as in ebm train --set, or the path of a file: ` + data.FileFormats + `.
A colon and a split may follow a name, as in cifar100:test; otherwise it is the test split where there is one. --out also takes
uniform (noise), constant (images of one colour), and interpolations (means of two images of --in), and may be given several times.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%q: it takes no arguments; name the run by --run RUN", args)
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error { return o.run() },
	}
	c.Flags().StringVar(&o.dir, "run", "", "directory of the run")
	c.Flags().StringVar(&o.own, "in", "", "data of the kind that the run was trained on, but not used for it")
	c.Flags().StringArrayVar(&o.foreign, "out", nil, "foreign data; again for more")
	c.Flags().StringVar(&o.directory, "data", "", "data directory (default: $EBM_DATA, else ~/.ebm/data)")
	c.Flags().StringVar(&o.at, "at", "", "checkpoint: its step, or best (default: the newest)")
	c.Flags().IntVarP(&o.count, "count", "n", 0, "examples of each, the first ones (default: all)")
	skipCorruptFlag(c, &o.skipCorrupt)
	c.Flags().StringVar(&o.json, "json", "", "also write the results, with every energy, to this file")
	return c
}

type oodOptions struct {
	dir, own, directory, at, json string
	foreign                       []string
	count                         int
	skipCorrupt                   bool
}

// oodResult is what the command finds, as its JSON has it.
type oodResult struct {
	Run     string       `json:"run"`
	Step    int          `json:"step"`
	In      string       `json:"in"`
	InCount int          `json:"in_count"`
	Against []oodAgainst `json:"against"`
	Scores  []float64    `json:"energies"`
}

type oodAgainst struct {
	Out      string    `json:"out"`
	OutCount int       `json:"out_count"`
	AUROC    float64   `json:"auroc"`
	Low      float64   `json:"low"`
	High     float64   `json:"high"`
	Scores   []float64 `json:"energies"`
}

func (o oodOptions) run() error {
	if o.dir == "" || o.own == "" || len(o.foreign) == 0 {
		return fmt.Errorf("--run, --in and --out are all needed, as in ebm ood --run runs/cifar --in cifar10 --out cifar100")
	}
	if o.count < 0 {
		return fmt.Errorf("--count is %d: it must not be negative (0: all)", o.count)
	}
	run, err := loadAt(o.dir, o.at)
	if err != nil {
		return err
	}
	own, foreign, err := o.openAll()
	if err != nil {
		return err
	}
	for _, source := range append([]data.Source{own}, foreign...) {
		if info, example := source.Info(), run.Example(); example != nil && !slices.Equal(example, info.Shape) {
			return fmt.Errorf("run %s has examples of shape %v, and those of %s have the shape %v: name sets of the run's", o.dir, example, info.Name, info.Shape)
		}
	}
	if o.json != "" {
		if err := files.Prepare(o.json); err != nil {
			return err
		}
	}
	result := oodResult{Run: o.dir, Step: run.Step(), In: own.Info().Name}
	if result.Scores, err = o.scores(run, own); err != nil {
		return err
	}
	result.InCount = len(result.Scores)
	fmt.Printf("run %s at step %d; in: %s (%d examples)\n", o.dir, run.Step(), result.In, result.InCount)
	fmt.Printf("%-40s %9s  %6s  %s\n", "out", "examples", "AUROC", "95% interval")
	for _, source := range foreign {
		scores, err := o.scores(run, source)
		if err != nil {
			return err
		}
		area, err := metrics.AUROC(result.Scores, scores)
		if err != nil {
			return err
		}
		against := oodAgainst{source.Info().Name, len(scores), area.Value, area.Low, area.High, scores}
		fmt.Printf("%-40s %9d  %6.4f  %.4f to %.4f\n", against.Out, against.OutCount, against.AUROC, against.Low, against.High)
		result.Against = append(result.Against, against)
	}
	listCorrupt(append([]data.Source{own}, foreign...)...)
	if o.json == "" {
		return nil
	}
	return files.Replace(o.json, func(w io.Writer) error { return json.NewEncoder(w).Encode(result) })
}

// openAll opens all sets, before energies are computed of any.
func (o oodOptions) openAll() (own data.Source, foreign []data.Source, err error) {
	if own, err = data.HeldOut(o.own, o.directory); err != nil {
		return nil, nil, err
	}
	if o.skipCorrupt {
		own = skippingCorrupt(own)
	}
	for _, name := range o.foreign {
		source, err := o.open(name, own, o.examples(own))
		if err != nil {
			return nil, nil, err
		}
		if o.skipCorrupt {
			source = skippingCorrupt(source)
		}
		foreign = append(foreign, source)
	}
	if o.skipCorrupt {
		err = canSkip(append([]string{o.own}, o.foreign...), append([]data.Source{own}, foreign...)...)
	}
	return own, foreign, err
}

// open gives the foreign data of a name; what is made for the purpose has as many examples as the run's own.
func (o oodOptions) open(name string, own data.Source, n int) (data.Source, error) {
	const seed = 1
	shape := own.Info().Shape
	made := name == "uniform" || name == "constant" || name == "interpolations"
	switch {
	case !made:
		return data.HeldOut(name, o.directory)
	case !own.Info().Images:
		return nil, fmt.Errorf("--out %s is of images, and %s are points", name, own.Info().Name)
	case name == "uniform":
		return data.UniformNoise(n, shape, seed), nil
	case name == "constant":
		return data.Constants(n, shape, seed), nil
	}
	set, err := data.Load(own)
	if err != nil {
		return nil, err
	}
	return data.Interpolations(set, n, seed)
}

// examples is how many of a source are taken.
func (o oodOptions) examples(source data.Source) int {
	n := source.Info().Examples
	if o.count > 0 {
		n = min(o.count, n)
	}
	return n
}

func (o oodOptions) scores(run *train.Run, source data.Source) ([]float64, error) {
	return run.Scores(source, o.examples(source))
}
