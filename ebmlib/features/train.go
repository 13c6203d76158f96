package features

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
	"gonum.org/v1/gonum/floats"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
	"ebm/ebmlib/weights"
)

// Settings are those of a classifier's training, by Adam on the cross-entropy.
type Settings struct {
	Steps        int
	Batch        int // images a step
	LearningRate float64
	Seed         int64 // of the first weights, the images kept out, and those of each step
}

// Defaults are settings that take images of 32x32 pixels some minutes on a CPU.
func Defaults() Settings {
	return Settings{Steps: 2000, Batch: 64, LearningRate: 1e-3}
}

// Train trains a classifier on nine tenths of a labelled set or other source of images, and takes its accuracy on the last. A line in a
// terminal shows how it goes. The same settings and images on the same engine give the same classifier.
//
// Errors: settings that are not above 0; points, or images of fewer than 8 pixels along a side; less than 10 images; no labels, or of one class
// only; a set that is damaged; a loss that is not finite.
func Train(source data.Source, s Settings) (*Classifier, error) {
	c, err := s.train(source)
	if err != nil {
		return nil, fmt.Errorf("small classifier of %s: %w", source.Info().Name, err)
	}
	return c, nil
}

func (s Settings) train(source data.Source) (*Classifier, error) {
	info := source.Info()
	if err := s.check(); err != nil {
		return nil, err
	}
	if err := checkInfo(info); err != nil {
		return nil, err
	}
	rows := rand.New(rand.NewPCG(uint64(s.Seed), 0)).Perm(info.Examples)
	kept, others := rows[:len(rows)/10], rows[len(rows)/10:]
	trained, err := s.weights(source, others)
	if err != nil {
		return nil, err
	}
	c := &Classifier{Set: info.Name, Shape: info.Shape, Classes: info.Classes}
	if err := c.build(trained); err != nil {
		return nil, err
	}
	c.Accuracy, err = c.accuracy(source, kept)
	return c, err
}

func (s Settings) check() error {
	if s.Steps < 1 || s.Batch < 1 || !(s.LearningRate > 0) || math.IsInf(s.LearningRate, 1) {
		return fmt.Errorf("its training has %d Steps, a Batch of %d and the LearningRate %g: all must be above 0, as Defaults has them",
			s.Steps, s.Batch, s.LearningRate)
	}
	return nil
}

func checkInfo(info data.Info) error {
	switch {
	case !info.Images || len(info.Shape) != 3 || min(info.Shape[1], info.Shape[2]) < leastSide:
		return fmt.Errorf("its examples have the shape %v: it takes images [channels, height, width] of at least %d pixels along each side",
			info.Shape, leastSide)
	case len(info.Classes) == 0:
		return fmt.Errorf("the set has no labels, and a classifier needs them: take a set that has, or one with attributes, by data.By")
	case len(info.Classes) == 1:
		return fmt.Errorf("all of its images are of the class %s: there must be at least 2 classes", info.Classes[0])
	case info.Examples < 10:
		return fmt.Errorf("the set has %d images: take at least 10, of which a tenth is kept out to measure the accuracy", info.Examples)
	}
	return nil
}

// weights are those that a training on these rows of the source, drawn at random, ends with.
func (s Settings) weights(source data.Source, rows []int) (weights.Tensors, error) {
	engine, err := backends.Open()
	if err != nil {
		return nil, err
	}
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, s.Seed)
	classes := len(source.Info().Classes)
	exec, err := model.NewExec(engine.Backend, store, func(scope *model.Scope, x, labels *Node) *Node {
		_, logits := network(scope.At("network"), x, classes)
		entropy := loss.SparseCategoricalCrossEntropyLogits([]*Node{labels}, []*Node{logits})
		optimizer.Adam().LearningRate(s.LearningRate).Done().UpdateGraph(scope, x.Graph(), entropy)
		return entropy
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	bar := newProgress(s.Steps)
	random := rand.New(rand.NewPCG(uint64(s.Seed), 1))
	for step := range s.Steps {
		chosen := make([]int, s.Batch)
		for i := range chosen {
			chosen[i] = rows[random.IntN(len(rows))]
		}
		set, x, err := read(source, chosen)
		if err != nil {
			return nil, err
		}
		labels := tensors.FromFlatDataAndDimensions(set.Labels, s.Batch, 1)
		outputs, err := exec.Call(x, labels)
		x.FinalizeAll()
		labels.FinalizeAll()
		if err != nil {
			return nil, err
		}
		entropy := tensors.ToScalar[float32](outputs[0])
		outputs[0].FinalizeAll()
		if e := float64(entropy); math.IsNaN(e) || math.IsInf(e, 0) {
			return nil, fmt.Errorf("the loss of step %d is %g: take a lower LearningRate than %g", step+1, e, s.LearningRate)
		}
		bar.Describe(fmt.Sprintf("training the small classifier: cross-entropy %.3f", entropy))
		bar.Add(1)
	}
	return weights.Export(store.Scope("/network"))
}

// accuracy is the share of these rows of the source whose class the classifier finds.
func (c *Classifier) accuracy(source data.Source, rows []int) (float64, error) {
	found := 0
	for start := 0; start < len(rows); start += batch {
		set, x, err := read(source, rows[start:min(start+batch, len(rows))])
		if err != nil {
			return 0, err
		}
		probabilities, err := c.Probabilities(x)
		if err != nil {
			return 0, err
		}
		for i, row := range probabilities {
			if floats.MaxIdx(row) == int(set.Labels[i]) {
				found++
			}
		}
	}
	return float64(found) / float64(len(rows)), nil
}

// read brings rows of the source into memory, as they are and as the network takes them.
func read(source data.Source, rows []int) (*data.Set, *tensors.Tensor, error) {
	set, err := source.Read(rows)
	if err == nil {
		err = set.Check()
	}
	if err != nil {
		return nil, nil, err
	}
	x, err := set.Examples(0, set.Len())
	return set, x, err
}

// newProgress is a bar in a terminal, and shows nothing elsewhere.
func newProgress(steps int) *progressbar.ProgressBar {
	return progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetVisibility(term.IsTerminal(int(os.Stderr.Fd()))),
		progressbar.OptionFullWidth(), // A line that the terminal wraps can't be written over.
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(os.Stderr) }),
	)
}
