package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/spf13/cobra"

	"ebm/ebmlib/data"
	"ebm/ebmlib/features"
	"ebm/ebmlib/internal/files"
	"ebm/ebmlib/train"
)

func evalCommand() *cobra.Command {
	o := evalOptions{sampling: train.Sampling{From: train.Noise}, training: features.Defaults()}
	c := &cobra.Command{
		Use:   "eval RUN",
		Short: "Measure how like the data the samples of a run are",
		Long: `Measure how like the data the samples of the run in directory RUN are, beside held-out data measured in the same way, which tell what
a perfect model would get. Both are compared with as many training examples as there are samples, as in papers, so that copies of these would be
rewarded. What held-out data get is the floor: samples that are better by more than chance have copies among them.

Images are measured by the features of a small classifier, trained on the training split of --set, which must have labels: Fréchet distance
(FID), kernel distance (KID), inception score, precision and recall. It is named beside each number: those by another classifier, such as
papers' by Inception, do not compare. Nor do Fréchet distances of another --count: of few samples they are too large. With --classifier the
classifier is kept, and found there the next time. Points are measured by the maximum mean discrepancy (MMD). Of both, the distance to the
nearest of all training examples tells copies.

With --inception images are measured by the Inception-v3 network of papers instead, and need no labels. Its weights are a file of yours: where
to get them, and how to make it, is said where it is missing. It has 2,048 features, so with a --count below that FID is mostly bias; papers
take 50,000 (--count 50000 --batch 500). An image takes about a quarter of a second of one core by the engine onnx, and half a minute by the engine go.

Held-out data are the set's test split, or that which ebm ood takes for it: as many as samples, or all, if it has fewer. Of a set with a single split they are one half, drawn at random; the
run may have been trained on them, but the classifier is not. If the energy is conditional, each sample is of one of its classes, drawn with
equal chances. How many chains are made at once bounds the memory: all, unless --batch says less.`,
		Args: exactly(1),
		RunE: func(_ *cobra.Command, args []string) error { return o.run(args[0]) },
	}
	c.Flags().StringVar(&o.set, "set", "", "data set that the run was trained on, as in ebm train")
	c.Flags().StringVar(&o.attribute, "attribute", "", "the classifier tells this attribute of the data set instead of its classes")
	c.Flags().StringVar(&o.directory, "data", "", "data directory (default: $EBM_DATA, else ~/.ebm/data)")
	c.Flags().StringVar(&o.classifier, "classifier", "", "directory of the small classifier: read if it is there, else made")
	c.Flags().StringVar(&o.inception, "inception", "", "file of Inception-v3's weights (.safetensors, .npz): measure by it, not by a small classifier")
	c.Flags().IntVarP(&o.sampling.Count, "count", "n", 1000, "samples, and as many training examples and, where there are so many, held-out ones")
	c.Flags().IntVar(&o.sampling.Steps, "steps", 300, "steps of each chain, in each round")
	c.Flags().StringVar((*string)(&o.sampling.From), "from", string(o.sampling.From), "where chains start: noise, or buffer")
	c.Flags().IntVar(&o.sampling.Rounds, "rounds", 1, "rounds of each chain; all but the first begin with the run's transitions")
	c.Flags().IntVar(&o.sampling.Batch, "batch", 0, "how many chains are made at once, at most, which bounds the memory (0: all)")
	c.Flags().StringVar(&o.at, "at", "", "checkpoint: its step, or best (default: the newest)")
	skipCorruptFlag(c, &o.skipCorrupt)
	c.Flags().StringVar(&o.json, "json", "", "also write the results to this file")
	return c
}

type evalOptions struct {
	set, attribute, directory, classifier, inception, at, json string
	skipCorrupt                                                bool
	sampling                                                   train.Sampling
	training                                                   features.Settings // of the classifier
}

// leastCount is how many samples there must be: kernel distance and inception score are of blocks of 2 at least.
const leastCount = 2 * evalBlocks

// evalResult is what the command finds, as its JSON has it.
type evalResult struct {
	Run          string    `json:"run"`
	Step         int       `json:"step"`
	Count        int       `json:"count"`
	From         string    `json:"from"`
	Rounds       int       `json:"rounds"`
	ChainSteps   int       `json:"chain_steps"`
	Training     string    `json:"training"`
	HeldOut      string    `json:"held_out"`
	HeldOutCount int       `json:"held_out_count"`
	Measures     []measure `json:"measures"`
}

func (o evalOptions) run(dir string) error {
	if o.set == "" {
		return errors.New("--set is needed, the data that the run was trained on, as in ebm eval runs/cifar --set cifar10")
	}
	n := o.sampling.Count
	if n < leastCount {
		return fmt.Errorf("--count is %d: take at least %d samples", n, leastCount)
	}
	run, err := loadAt(dir, o.at)
	if err != nil {
		return err
	}
	training, heldOut, err := o.trainingAndHeldOut()
	if err != nil {
		return err
	}
	if err := o.fits(run, training.Info()); err != nil {
		return err
	}
	held := heldOut.Info()
	if held.Examples < leastCount {
		return fmt.Errorf("%s has %d examples to be held out: at least %d are needed", held.Name, held.Examples, leastCount)
	}
	if o.json != "" {
		if err := files.Prepare(o.json); err != nil {
			return err
		}
	}
	reference, err := drawn(training, n)
	if err != nil {
		return err
	}
	others, err := drawn(heldOut, min(n, held.Examples))
	if err != nil {
		return err
	}
	var extractor features.Extractor
	if training.Info().Images {
		if extractor, err = o.openExtractor(training); err != nil {
			return err
		}
	}
	samples, err := run.SampleWith(o.sampling, drawnLabels(run, n)...)
	if err != nil {
		return err
	}
	if training.Info().Images && extractor == nil { // Last, for it takes long.
		if extractor, err = o.trainClassifier(training); err != nil {
			return err
		}
	}
	result := evalResult{Run: dir, Step: run.Step(), Count: n, From: string(o.sampling.From), Rounds: o.sampling.Rounds, ChainSteps: o.sampling.Steps,
		Training: training.Info().Name, HeldOut: held.Name, HeldOutCount: others.Shape().Dim(0)}
	if extractor != nil {
		result.Measures, err = byFeatures(extractor, samples, others, reference)
	} else {
		result.Measures, err = ofPoints(samples, others, reference)
	}
	if err != nil {
		return err
	}
	near, err := nearness(samples, others, training)
	if err != nil {
		return err
	}
	result.Measures = append(result.Measures, near...)
	result.print()
	if half, isHalf := training.(part); isHalf {
		listCorrupt(half.Source) // Of both halves, for copies were looked for in it.
	} else {
		listCorrupt(training, heldOut)
	}
	if o.json == "" {
		return nil
	}
	return files.Replace(o.json, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(result)
	})
}

// fits checks that the set is of the kind that the run's samples are of, and can be measured, before time is spent on them.
func (o evalOptions) fits(run *train.Run, info data.Info) error {
	switch {
	case !slices.Equal(run.Example(), info.Shape):
		return fmt.Errorf("run %s has samples of shape %v, and --set %s examples of shape %v: name the set that it was trained on",
			run.Dir, run.Example(), o.set, info.Shape)
	case o.inception != "" && (o.classifier != "" || o.attribute != ""):
		return errors.New("--inception measures by another network than the small classifier, which --classifier and --attribute are of: " +
			"leave it or these away")
	case info.Images && len(info.Classes) == 0 && o.inception == "":
		return fmt.Errorf("--set %s has no labels, which the classifier needs: take a set that has, or one with attributes, by --attribute, "+
			"or measure by --inception", o.set)
	case !info.Images && (o.classifier != "" || o.inception != ""):
		return fmt.Errorf("--classifier and --inception are for images, and --set %s is of points: leave them away", o.set)
	}
	return nil
}

// openExtractor opens the network that images are measured by, if it is there: nil if it is a classifier that is to be trained.
func (o evalOptions) openExtractor(training data.Source) (features.Extractor, error) {
	if o.inception != "" {
		return features.LoadInception(o.inception)
	}
	if o.classifier == "" {
		return nil, nil
	}
	_, err := os.Stat(o.classifier)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, files.Prepare(o.classifier)
	}
	if err != nil {
		return nil, err
	}
	c, err := features.Load(o.classifier)
	if err != nil {
		return nil, err
	}
	if info := training.Info(); c.Set != info.Name || !slices.Equal(c.Classes, info.Classes) {
		return nil, fmt.Errorf("%s has the %s, which is not of %s or not of these classes: give another directory by --classifier",
			o.classifier, c.Name(), info.Name)
	}
	return c, nil
}

// trainClassifier trains the classifier of the training examples, and keeps it if it is to be.
func (o evalOptions) trainClassifier(training data.Source) (*features.Classifier, error) {
	c, err := features.Train(training, o.training)
	if err == nil && o.classifier != "" {
		err = c.Save(o.classifier)
	}
	return c, err
}

// evalSeed is of all that the command itself draws.
const evalSeed = 1

// trainingAndHeldOut are the two splits of a set; of one that has a single split, two halves drawn at random.
func (o evalOptions) trainingAndHeldOut() (training, heldOut data.Source, err error) {
	if training, err = data.ByName(o.set, o.directory, "train"); err != nil {
		return nil, nil, err
	}
	if heldOut, err = data.HeldOut(o.set, o.directory); err != nil {
		return nil, nil, err
	}
	if o.skipCorrupt {
		if err := canSkip([]string{o.set}, training); err != nil {
			return nil, nil, err
		}
		training, heldOut = skippingCorrupt(training), skippingCorrupt(heldOut)
	}
	if o.attribute != "" {
		if training, err = data.By(training, o.attribute); err != nil {
			return nil, nil, err
		}
	}
	if training.Info().Name != heldOut.Info().Name {
		return training, heldOut, nil
	}
	rows := rand.New(rand.NewPCG(evalSeed, 0)).Perm(training.Info().Examples)
	half := len(rows) / 2
	return part{training, "one half of ", rows[half:]}, part{training, "the other half of ", rows[:half]}, nil
}

// part is some rows of a source.
type part struct {
	data.Source
	which string
	rows  []int
}

func (p part) Info() data.Info {
	info := p.Source.Info()
	info.Name, info.Examples = p.which+info.Name, len(p.rows)
	return info
}

func (p part) Read(rows []int) (*data.Set, error) {
	of := make([]int, len(rows))
	for i, row := range rows {
		of[i] = p.rows[row]
	}
	return p.Source.Read(of)
}

// drawnLabels are n labels of a conditional run, each drawn by itself: samples whose labels go in turn are not independent of each other, as the
// kernel distance takes them to be, which then is too small. Of another run there are none.
func drawnLabels(run *train.Run, n int) []int32 {
	classes := run.Config.Classes
	if classes == 0 {
		return nil
	}
	random := rand.New(rand.NewPCG(evalSeed, 2))
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = int32(random.IntN(classes))
	}
	return labels
}

// drawn are n examples of a source, drawn at random without repeats.
func drawn(source data.Source, n int) (*tensors.Tensor, error) {
	info := source.Info()
	if n > info.Examples {
		return nil, fmt.Errorf("--count is %d, and %s has %d examples to compare with: take at most so many", n, info.Name, info.Examples)
	}
	return readExamples(source, rand.New(rand.NewPCG(evalSeed, 1)).Perm(info.Examples)[:n])
}

func readExamples(source data.Source, rows []int) (*tensors.Tensor, error) {
	set, err := source.Read(rows)
	if err == nil {
		err = set.Check()
	}
	if err != nil {
		return nil, err
	}
	return set.Examples(0, set.Len())
}
