package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
	"ebm/ebmlib/internal/machine"
	"ebm/ebmlib/internal/untrusted"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/plots"
)

// Run is a training and all that it has made, in one directory.
type Run struct {
	Dir    string
	Config Config

	SaveEvery time.Duration // between two checkpoints of a training; 0: a minute
	Keep      int           // so many of the last checkpoints are kept; 0: 2

	// Score, if set, is asked for at each checkpoint, and the checkpoint of the lowest is kept too: see [Best].
	Score func(*Run) (float64, error)
	// Devices is how many of the engine's devices training is shared out over; 0 is 1. Several take the xla engine, on which the batch and the
	// replay buffer then lie split, and each device has all weights. The steps are those of one device within rounding, and a checkpoint
	// may be gone on from with another number. All but training runs on one device.
	Devices int

	engine  *backends.Engine
	example []int // the shape of one example, nil until the run knows data
	step    int   // training steps made
	store   *model.Store
	program *program // makes a training step
	metrics metrics
	held    *flock.Flock // the lock, while the run is trained or its weights are set
	lost    bool         // training failed, and what is in memory is no good

	unmeasured error // what is wrong with the metrics on disk, without which the run isn't trained on

	newest   int          // the step of the newest checkpoint that was there when the run was opened to be trained, or none
	saved    atomic.Int64 // the step of the last checkpoint that this run read or wrote, or none
	setbacks []setback
	norms    array // of the last step's gradient, one a weight

	live      *plots.Live
	announced sync.Once
}

// Open opens the run in dir with this configuration: a new one if dir has none, else the one that is there, where it
// stopped. Its Guard may be another than it was.
//
// Errors: the configuration makes no sense; dir is a file, can't be written to, or holds a run with another
// configuration (each difference is named); the checkpoint can't be read.
func Open(dir string, config Config) (*Run, error) {
	if err := config.Check(); err != nil {
		return nil, fmt.Errorf("configuration of run %s: %w", dir, err)
	}
	asked, err := config.record(nil)
	if err != nil {
		return nil, err
	}
	if err := writable(dir); err != nil {
		return nil, err
	}
	there, err := readRecord(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := writeRecord(dir, asked); err != nil {
			return nil, err
		}
		there = asked
	} else if err != nil {
		return nil, err
	}
	if found := differences(there, asked); len(found) > 0 {
		return nil, fmt.Errorf("run %s holds another configuration:\n  %s\nopen it with its own (%s), or take another directory",
			dir, strings.Join(found, "\n  "), filepath.Join(dir, "config.json"))
	}
	if there.Guard != asked.Guard {
		there.Guard = asked.Guard
		if err := writeRecord(dir, there); err != nil {
			return nil, err
		}
	}
	return open(dir, config, there.Example, loadNewest)
}

// Load opens the run that is in dir with the configuration that it has, which must be of ebmlib's own models and terms.
func Load(dir string) (*Run, error) { return load(dir, loadNewest) }

// LoadAt is [Load] of an earlier checkpoint, to plot, sample and evaluate: see [Checkpoints]. It is not trained further.
//
// Errors: those of Load; the run has no checkpoint of that step.
func LoadAt(dir string, step int) (*Run, error) {
	steps, err := checkpointSteps(dir)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(steps, step) {
		return nil, fmt.Errorf("run %s has no checkpoint of step %d: it has those of %v", dir, step, steps)
	}
	r, err := load(dir, func(dir string) (*model.Store, int, error) {
		store, err := loadCheckpoint(dir, step)
		return store, step, err
	})
	if err == nil {
		r.newest = none
	}
	return r, err
}

// from reads a run's checkpoint: its store and step.
type from func(dir string) (*model.Store, int, error)

// none is the step of no checkpoint.
const none = -1

func load(dir string, from from) (*Run, error) {
	there, err := readRecord(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no run in %s: a run's directory has a config.json, which training writes%s", dir, beside(dir))
	}
	if err != nil {
		return nil, err
	}
	config, err := there.config()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", dir, err)
	}
	if err := config.Check(); err != nil {
		return nil, fmt.Errorf("configuration of run %s: %w", dir, err)
	}
	return open(dir, config, there.Example, from)
}

// beside names the runs in the same folder, for a person who mistook the name of one.
func beside(dir string) string {
	configs, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "*", "config.json"))
	if err != nil || len(configs) == 0 {
		return ""
	}
	var names []string
	for _, config := range configs {
		names = append(names, filepath.Base(filepath.Dir(config)))
	}
	return fmt.Sprintf("; beside it are the runs %s", strings.Join(names, ", "))
}

func open(dir string, config Config, example []int, from from) (*Run, error) {
	engine, err := backends.Open()
	if err != nil {
		return nil, err
	}
	r := &Run{Dir: dir, Config: config, engine: engine, example: example, live: plots.NewLive()}
	steps, err := checkpointSteps(dir) // Before one is read, for another process may save one meanwhile.
	if err != nil {
		return nil, err
	}
	r.newest = none
	if len(steps) > 0 {
		r.newest = steps[len(steps)-1]
	}
	if r.store, r.step, err = from(dir); err != nil {
		return nil, err
	}
	if err := r.checkStore(); err != nil {
		return nil, err
	}
	if err := r.checkNetwork(); err != nil {
		return nil, err
	}
	r.saved.Store(none)
	if r.store != nil {
		r.saved.Store(int64(r.step))
	}
	if err := r.startFromFile(); err != nil {
		return nil, err
	}
	if r.metrics, r.unmeasured = readMetrics(filepath.Join(dir, metricsFile), config.metricNames(), r.step); r.unmeasured != nil {
		fmt.Fprintf(os.Stderr, "run %s can be sampled and evaluated, and not trained on: %v\n", dir, r.unmeasured)
	}
	r.setbacks, err = readSetbacks(dir)
	return r, err
}

// announce says, before the first training of this run here, where it stands and which engine makes the steps.
func (r *Run) announce() {
	r.announced.Do(func() {
		fmt.Fprintf(os.Stderr, "run %s at step %d; %s\n", r.Dir, r.step, r.engine)
	})
}

// Step is the number of training steps made so far.
func (r *Run) Step() int { return r.step }

// Example is the shape of one example that the run is trained on: [channels, height, width] of images, [dims] of points; nil while it knows no data.
func (r *Run) Example() []int { return slices.Clone(r.example) }

// Metrics are the columns of the run's metrics, one value a training step: "step"; "energy_data", "energy_samples" and
// their "energy_difference", means over the batch; "loss" and each of its terms, unweighted, by name; "gradient_norm", the L2
// norm of the gradient in the weights before clipping, and with TermGradients "gradient_norm_cd" and its like, of each term
// weighted; "chain_gradient_norm", the mean ‖∂E/∂x‖ at the chain's last step; "chain_step", the mean distance that step moved a sample, and
// "chain_distance", that from a chain's start to its end; "chain_acceptance", the mean probability with which the last step was accepted, 1 for chains
// that don't test theirs; "spread_data" and "spread_samples", the mean distance from an example or sample to the nearest of its batch; and for chains
// within bounds "inside_data" and "inside_samples", the share of pixels that are not at a bound. Where metrics.jsonl is damaged they end before the
// damage.
func (r *Run) Metrics() map[string][]float64 { return r.metrics.columns }

func (r *Run) lostError() error {
	return fmt.Errorf("the training of run %s failed, and what it left in memory is of no use: open the run again, which goes back to "+
		"its last checkpoint", r.Dir)
}

// initialise makes the variables of a run that knows no data yet.
func (r *Run) initialise(info data.Info) error {
	store, err := r.variables(info)
	if err != nil {
		return fmt.Errorf("run %s can't train on %s: %w", r.Dir, info.Name, err)
	}
	record, err := r.Config.record(info.Shape)
	if err != nil {
		return err
	}
	if err := writeRecord(r.Dir, record); err != nil {
		return err
	}
	r.store, r.example = store, info.Shape
	return nil
}

// maxBuffer is how many bytes a replay buffer can have. GoMLX reads a checkpoint's variable in one call, and Go reads no more of a file in one.
const maxBuffer = 1 << 30

// variables makes the variables of a training on these examples.
func (r *Run) variables(info data.Info) (*model.Store, error) {
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, r.Config.Seed)
	if err := r.firstWeights(store, info); err != nil {
		return nil, err
	}
	weights := slices.Collect(store.Scope(energyPath).IterVariables())
	if len(weights) == 0 {
		return nil, fmt.Errorf("model %T has no weights, so there is nothing to train", r.Config.Model)
	}
	for _, weight := range weights {
		value, err := weight.MustValue().LocalClone()
		if err != nil {
			return nil, err
		}
		if err := create(store, averagePath+weight.Path()[len(energyPath):], value); err != nil {
			return nil, err
		}
	}
	dtype := dtypes.Float32
	if info.Images {
		dtype = dtypes.Uint8
	}
	rows := r.Config.Replay.Rows(r.Config.Batch)
	buffer := shapes.Make(dtype, append([]int{rows}, info.Shape...)...)
	if size := buffer.ByteSize(); size > maxBuffer {
		remedy := "lower Batch, for which it has room besides"
		if most := maxBuffer/(size/int64(rows)) - int64(r.Config.Batch); most >= 1 {
			remedy = fmt.Sprintf("lower Replay.Capacity to %d", most)
		}
		return nil, fmt.Errorf("a replay buffer of %d samples takes %s, and of a checkpoint %s is the most that can be read back: %s",
			rows, machine.Bytes(size), machine.Bytes(maxBuffer), remedy)
	}
	if err := create(store, replayPath, tensors.FromShape(buffer)); err != nil {
		return nil, err
	}
	if r.Config.Classes > 0 {
		if err := create(store, labelsPath, tensors.FromShape(shapes.Make(dtypes.Int32, rows))); err != nil {
			return nil, err
		}
	}
	random, err := graph.RNGStateFromSeed(r.Config.Seed)
	if err != nil {
		return nil, err
	}
	if err := create(store, randomPath, random); err != nil {
		return nil, err
	}
	return ordered(store)
}

// powerIterations bring the vectors of spectral norms, random at first, near the singular vectors.
const powerIterations = 15

// makeWeights makes the model's weights, by making the graph of its energy.
func (r *Run) makeWeights(store *model.Store, info data.Info) error {
	// The weights are made where the graph is, so it need not be computed: XLA takes long to compile a network. Its result is the last node,
	// for the Go engine has room for the values of the nodes up to that, and sets all parameters.
	evaluate := func(scope *model.Scope, g *graph.Graph) *graph.Node {
		r.evaluate(scope, g, info)
		return graph.Neg(graph.ScalarZero(g, dtypes.Float32))
	}
	iterate := func(scope *model.Scope, g *graph.Graph) *graph.Node {
		for range powerIterations {
			layers.PowerIteration(scope.At("energy"), g)
		}
		return graph.ScalarZero(g, dtypes.Float32)
	}
	for _, build := range []func(scope *model.Scope, g *graph.Graph) *graph.Node{evaluate, iterate} {
		exec, err := model.NewExec(r.engine.Backend, store, build)
		if err != nil {
			return err
		}
		outputs, err := exec.Call()
		if err != nil {
			for inner := err; inner != nil; inner = errors.Unwrap(inner) {
				err = inner // What wraps it is about GoMLX's inside.
			}
			return err
		}
		outputs[0].FinalizeAll()
		exec.Finalize()
	}
	return nil
}

// evaluate is the energy at two examples: two, to tell [batch, scales] from a sum.
func (r *Run) evaluate(scope *model.Scope, g *graph.Graph, info data.Info) *graph.Node {
	x := graph.Zeros(g, shapes.Make(dtypes.Float32, append([]int{2}, info.Shape...)...))
	return r.Config.energyAt(scope, r.Config.condition(graph.Zeros(g, shapes.Make(dtypes.Int32, 2))))(x)
}

// energyNodes is how many nodes the energy has in a graph.
func (r *Run) energyNodes(info data.Info) (int, error) {
	g := graph.NewGraph(r.engine.Backend, "energy")
	defer g.Finalize()
	err := exceptions.TryCatch[error](func() { r.evaluate(r.store.RootScope(), g, info) })
	return len(g.Nodes()), err
}

// create puts a variable that is not trained into the store.
func create(store *model.Store, path string, value *tensors.Tensor) error {
	variable, err := store.CreateVariable(path, value)
	if err != nil {
		return err
	}
	variable.SetTrainable(false)
	return nil
}

// writable makes the directory if need be and tries whether a file can be written in it.
func writable(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("run directory %s is a file: name a directory", dir)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("run directory %s can't be made: %w", dir, err)
	}
	probe, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return fmt.Errorf("run directory %s can't be written to: %w; name another, or change its permissions", dir, err)
	}
	probe.Close()
	return os.Remove(probe.Name())
}

func readRecord(dir string) (record, error) {
	var r record
	path := filepath.Join(dir, "config.json")
	text, err := untrusted.ReadFile(path, maxConfig)
	if err != nil {
		return r, fmt.Errorf("configuration of run %s can't be read: %w", dir, err)
	}
	if err := decodeRecord(text, &r); err != nil {
		return r, fmt.Errorf("configuration %s can't be read: %w; restore it, or take another directory", path, err)
	}
	return r, nil
}

// writeRecord replaces config.json whole: a reader finds the old one or the new one.
func writeRecord(dir string, r record) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(filepath.Join(dir, "config.json"), append(text, '\n')); err != nil {
		return fmt.Errorf("configuration of run %s can't be written: %w", dir, err)
	}
	return nil
}
