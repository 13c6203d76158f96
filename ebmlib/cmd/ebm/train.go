package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ebm/ebmlib/data"
	"ebm/ebmlib/train"
)

func trainCommand() *cobra.Command {
	var o trainOptions
	c := &cobra.Command{
		Use:   "train RUN",
		Short: "Train the run in directory RUN, a new one or one that is there",
		Long: `Train the run in directory RUN until it has made --steps training steps in all. A run that is there goes on
where it stopped, so the same command resumes an interrupted training. Ctrl-C, SIGTERM and a closed terminal save and end; a
second Ctrl-C ends at once, or once the save at the end is made if that has begun.

Data sets: ` + strings.Join(data.Names(), ", ") + `,
or the path of a file: ` + data.FileFormats + `.
Those that come in several sizes are made 128 x 128 pixels, or SIZE x SIZE, as in celeba@64.

Presets, and the data set that each is trained on unless --set names another:
` + presetTable(),
		Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error { return o.train(args[0]) },
	}
	c.Flags().StringVar(&o.preset, "preset", "digits", "settings, one of the presets above")
	c.Flags().StringVar(&o.set, "set", "", "data set (default: the preset's)")
	c.Flags().StringVar(&o.split, "split", "train", "split of the data set")
	c.Flags().StringVar(&o.directory, "data", "", "data directory (default: $EBM_DATA, else ~/.ebm/data)")
	c.Flags().BoolVar(&o.conditional, "conditional", false, "condition the energy on the classes of the data set")
	c.Flags().StringVar(&o.attribute, "attribute", "", "condition the energy on this attribute of the data set instead")
	skipCorruptFlag(c, &o.skipCorrupt)
	c.Flags().IntVar(&o.steps, "steps", 1000, "training steps the run shall have made in all")
	c.Flags().StringVar(&o.precision, "precision", "float32", "that of convolutions and matrix products: float32, or bfloat16, on XLA alone")
	c.Flags().IntVar(&o.devices, "devices", 1, "devices of the engine, such as GPUs, to share the training out over")
	c.Flags().Int64Var(&o.seed, "seed", 0, "seed of everything random")
	c.Flags().DurationVar(&o.saveEvery, "save-every", time.Minute, "time between two checkpoints")
	c.Flags().IntVar(&o.keep, "keep", 2, "the last checkpoints that are kept")
	c.Flags().BoolVar(&o.best, "best", false, "also keep the checkpoint whose replay buffer is most like the data, by the maximum mean discrepancy of pixels or points")
	c.Flags().IntVar(&o.goBack, "go-back", 0, "times that a training that fails goes back to its last checkpoint, and on with half the learning rate")
	return c
}

type trainOptions struct {
	preset, set, split, directory, attribute, precision string
	conditional, skipCorrupt, best                      bool
	steps, devices, keep, goBack                        int
	seed                                                int64
	saveEvery                                           time.Duration
}

func (o trainOptions) train(dir string) error {
	if o.steps < 1 {
		return fmt.Errorf("--steps is %d; it must be at least 1", o.steps)
	}
	if o.keep < 1 || o.saveEvery <= 0 {
		return fmt.Errorf("--keep is %d and --save-every %v: keep at least 1 checkpoint, and save after more than no time", o.keep, o.saveEvery)
	}
	if o.goBack < 0 {
		return fmt.Errorf("--go-back is %d: it must not be negative (0: the training stops)", o.goBack)
	}
	if o.precision != "float32" && o.precision != "bfloat16" {
		return fmt.Errorf("--precision is %q: there are float32 and bfloat16", o.precision)
	}
	config, source, err := o.prepare()
	if err != nil {
		return err
	}
	run, err := train.Open(dir, config)
	if err != nil {
		return err
	}
	run.Devices, run.Keep, run.SaveEvery = o.devices, o.keep, o.saveEvery
	if o.best {
		if run.Score, err = likeness(source); err != nil {
			return err
		}
	}
	fmt.Println("training on", describe(source, config.Classes > 0))
	err = run.Train(source, o.steps)
	listCorrupt(source)
	if err != nil {
		return err
	}
	metrics := run.Metrics()
	last := len(metrics["step"]) - 1
	fmt.Printf("run %s has made %d steps: mean E(data) %+.4f, mean E(samples) %+.4f\n", dir, run.Step(),
		metrics["energy_data"][last], metrics["energy_samples"][last])
	return nil
}

// prepare gives the configuration and the data that the options ask for.
func (o trainOptions) prepare() (train.Config, data.Source, error) {
	var config train.Config
	p, err := presetNamed(o.preset)
	if err != nil {
		return config, nil, err
	}
	name := o.set
	if name == "" {
		name = p.set
	}
	if name == "" {
		return config, nil, fmt.Errorf("the data set of preset %s is images of yours: name their folder, as in --set folder:PATH@128", o.preset)
	}
	source, err := data.ByName(name, o.directory, o.split)
	if err != nil {
		return config, nil, err
	}
	if o.skipCorrupt {
		if err := canSkip([]string{name}, source); err != nil {
			return config, nil, err
		}
		source = skippingCorrupt(source)
	}
	if o.attribute != "" {
		if source, err = data.By(source, o.attribute); err != nil {
			return config, nil, err
		}
	}
	config = p.config()
	config.Seed, config.Guard.GoBack, config.BFloat16 = o.seed, o.goBack, o.precision == "bfloat16"
	if o.conditional || o.attribute != "" {
		if config.Classes = len(source.Info().Classes); config.Classes == 0 {
			return config, nil, fmt.Errorf("--conditional: %s has no classes: take a set that has, or one with attributes, by --attribute", name)
		}
	}
	switch forPoints := o.preset == "points"; {
	case !source.Info().Images && !forPoints:
		return config, nil, fmt.Errorf("%s are points: take --preset points", name)
	case source.Info().Images && forPoints:
		return config, nil, fmt.Errorf("--preset points is for points, and %s are images: take another preset", name)
	}
	return config, source, nil
}

// describe says what examples a training has, where they are, and whether its energy is conditioned on their classes.
func describe(source data.Source, conditional bool) string {
	info := source.Info()
	text := fmt.Sprintf("%s: %d examples of shape %v", info.Name, info.Examples, info.Shape)
	if info.Classes != nil {
		text += fmt.Sprintf(" in %d classes", len(info.Classes))
	}
	if set, inMemory := source.(*data.Set); inMemory {
		text += fmt.Sprintf(", %.1f MB in memory", float64(len(set.Bytes)+4*len(set.Floats))/1e6)
	} else {
		text += ", read as they are needed"
	}
	if conditional {
		text += "; the energy is conditioned on the class"
	}
	return text
}
