package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
	"ebm/ebmlib/internal/machine"
)

// This file estimates how much memory a training takes on its engine's device, before it takes it.

// Memory is how much memory a training takes on its engine's device, in bytes. What isn't within a step is known exactly, and stays from step to
// step; all of it but the data is what a checkpoint has.
type Memory struct {
	Data    int64 // the data set, or some steps of one that is read as it goes
	Replay  int64 // the replay buffer, with room for a batch
	Weights int64 // the weights, their average, and Adam's two moments of each that is trained
	Step    int64 // an estimate of the most that the values within a step take at once
}

// Memory is what [Run.Train] on a source says of the memory that it takes, part by part, without a step. A new run gets its first weights by it.
//
// Errors: those of Train before its first step.
func (r *Run) Memory(source data.Source) (Memory, error) {
	if err := r.ready(source); err != nil {
		return Memory{}, err
	}
	shares, err := r.shares(source)
	if err != nil {
		return Memory{}, err
	}
	program, err := r.newProgram(source.Info())
	if err != nil {
		return Memory{}, err
	}
	step, err := r.stepBytes(source, program)
	return Memory{shares[0].bytes, shares[1].bytes, shares[2].bytes, step}, err
}

// share is a part of it that is known exactly, and stays from step to step.
type share struct {
	name   string
	bytes  int64
	held   bool   // it is there already
	remedy string // what makes it less
}

func (s share) String() string {
	return fmt.Sprintf("%s %s (%d bytes)", s.name, machine.Bytes(s.bytes), s.bytes)
}

// shares are those of a training on the source.
func (r *Run) shares(source data.Source) ([]share, error) {
	info, c := source.Info(), r.Config
	weights, err := r.weightBytes(info)
	if err != nil {
		return nil, err
	}
	row := int64(exampleBytes(info) + 4*min(c.Classes, 1)) // with its label
	examples := share{name: "data set", bytes: product(row, info.Examples), remedy: "take a data set that is read as it goes, or a part of this one"}
	if !goesWhole(source, r.engine) {
		examples = share{name: fmt.Sprintf("data of %d steps", windowSteps), bytes: product(row, windowSteps*c.Batch), remedy: "lower Batch"}
	}
	return []share{
		examples,
		{"replay buffer", product(row, c.Replay.Rows(c.Batch)), r.store != nil, "lower Replay.Capacity"},
		{"weights, their average and Adam's moments", weights, r.store != nil, "take a smaller Model"},
	}, nil
}

// weightBytes are those of the weights and their average, and of Adam's two moments of each that is trained.
func (r *Run) weightBytes(info data.Info) (int64, error) {
	store := r.store
	if store == nil {
		var err error
		if store, err = r.network(info); err != nil {
			return 0, fmt.Errorf("run %s can't train on %s: %w", r.Dir, info.Name, err)
		}
	}
	var bytes int64
	for weight := range store.Scope(energyPath).IterVariables() {
		copies := int64(2)
		if weight.Trainable {
			copies = 4
		}
		bytes += copies * weight.Shape().ByteSize()
	}
	return bytes, nil
}

// product is that of sizes, or the largest number there is if it is larger.
func product(a int64, b int) int64 {
	if a > 0 && int64(b) > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * int64(b)
}

// sum is the bytes of shares, or the largest number there is if they have more.
func sum(shares []share) int64 {
	var all int64
	for _, s := range shares {
		all += min(s.bytes, math.MaxInt64-all)
	}
	return all
}

// limit is how much memory the training can have on the engine's device, what it holds included, and what has it; 0 where that isn't known.
//
// Of a GPU it is all its memory, for XLA may have set a part of it aside for itself already.
func (r *Run) limit(shares []share) (bytes int64, of string) {
	onHost := r.engine.Kind != "xla" || strings.Contains(strings.ToUpper(r.engine.DeviceDescription(0)), "CPU")
	if memory, known := machine.ThisMemory(); onHost && known {
		return memory.Available + sum(slices.DeleteFunc(slices.Clone(shares), func(s share) bool { return !s.held })), "this machine"
	}
	if gpu, is := r.engine.Backend.(interface{ IsCUDA() bool }); !is || !gpu.IsCUDA() {
		return 0, ""
	}
	for _, gpu := range machine.GPUs(context.Background()) {
		if bytes == 0 || gpu.Memory < bytes { // Which of several it computes on isn't known.
			bytes = gpu.Memory
		}
	}
	return bytes, "the GPU"
}

// fits refuses a training that takes more memory than there is, whatever its steps take besides.
func (r *Run) fits(source data.Source) error {
	shares, err := r.shares(source)
	if err != nil {
		return err
	}
	limit, of := r.limit(shares)
	if limit == 0 || sum(shares) <= limit {
		return nil
	}
	var parts []string
	for _, s := range shares {
		parts = append(parts, s.String())
	}
	largest := slices.MaxFunc(shares, func(a, b share) int { return cmp.Compare(a.bytes, b.bytes) })
	return fmt.Errorf("run %s can't train here: %s has %s of memory for it, and it takes, besides what a step does: %s; %s",
		r.Dir, of, machine.Bytes(limit), strings.Join(parts, ", "), largest.remedy)
}

// announceMemory says how much memory the training takes, and warns if that may be more than there is. Where nobody knows how much there is,
// it says nothing.
func (r *Run) announceMemory(source data.Source, p *program) error {
	shares, err := r.shares(source)
	if err != nil {
		return err
	}
	limit, of := r.limit(shares)
	if limit == 0 {
		return nil
	}
	step, err := r.stepBytes(source, p)
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stderr, r.memoryLines(sum(shares)+step, step, limit, of))
	return nil
}

func (r *Run) memoryLines(all, step, limit int64, of string) string {
	lines := fmt.Sprintf("memory: about %s of the %s that %s has for it, %s of them within a step\n",
		machine.Bytes(all), machine.Bytes(limit), of, machine.Bytes(step))
	if all > limit {
		remedy := "Batch or the Model's filters"
		if r.Config.KLSteps > 1 && !r.Config.Recompute {
			remedy += ", or switch Recompute on"
		}
		lines += fmt.Sprintf("WARNING: run %s may need more memory than there is, and the system may end it without a word: lower %s\n", r.Dir, remedy)
	}
	return lines
}

// stepBytes estimates the most that the values within a step take at once. A step made in pieces takes it in the last: the pieces of the
// chain before it make the same steps without a gradient. What is left out is what the engine needs for itself: its library, its graphs, and
// what it copies within an operation. With those, trainings on a CPU were seen to take 1.1 to 1.6 times what is estimated of them, and more only
// where that is less than the 40 MB of ONNX Runtime itself.
func (r *Run) stepBytes(source data.Source, p *program) (int64, error) {
	c, inputs := r.Config, r.stepInputs(source)
	if p.whole != nil {
		bytes, _, err := r.graphBytes(c.stepGraph, inputs)
		return bytes, err
	}
	_, begun, err := r.graphBytes(c.beginGraph, inputs)
	if err != nil {
		return 0, err
	}
	random, samples, chosen := begun[0], begun[3], inputs[len(inputs)-2:]
	passed := slices.Concat(chosen, begun[1:], []shapes.Shape{samples, random}) // as program.step does
	bytes, _, err := r.graphBytes(c.finishGraph, passed)
	for _, shape := range passed {
		bytes += shape.ByteSize()
	}
	return bytes, err
}

// stepInputs are the shapes of what the feed and choose give to a step.
func (r *Run) stepInputs(source data.Source) []shapes.Shape {
	info, c := source.Info(), r.Config
	examples, dtype := info.Examples, dtypes.Float32
	if !goesWhole(source, r.engine) {
		examples = windowSteps * c.Batch
	}
	if info.Images {
		dtype = dtypes.Uint8
	}
	inputs := []shapes.Shape{shapes.Make(dtype, append([]int{examples}, info.Shape...)...)}
	if c.Classes > 0 {
		inputs = append(inputs, shapes.Make(dtypes.Int32, examples))
	}
	inputs = append(inputs, shapes.Make(dtypes.Int32, c.Batch))
	for _, chosen := range c.choose(r.step) {
		inputs = append(inputs, chosen.(*tensors.Tensor).Shape())
	}
	return inputs
}

// growth is how much more memory ONNX Runtime and the pure Go engine take than values fill. Neither lays them out within one block, as XLA does:
// the one reuses the place of a value for another of its size, in an arena each of whose extensions is larger than those before it by a power of
// two; the other keeps pools of values by size, in a heap that Go lets grow to twice what is in use before it is collected.
const growth = 2

// valueBytes is the most that the engine takes at once for the values of nodes that the outputs need.
func valueBytes(engine *backends.Engine, nodes, outputs []*graph.Node) int64 {
	atOnce, bySize := peaks(nodes, outputs)
	if engine.Kind == "xla" {
		return atOnce
	}
	return growth * bySize
}

// built ends the building of a graph that is not to be compiled.
type built struct{}

func (built) Error() string { return "the graph was built" }

// graphBytes builds a graph, and gives the most that its values take at once, and the shapes of its outputs.
func (r *Run) graphBytes(build func(*model.Scope, []*graph.Node) []*graph.Node, inputs []shapes.Shape) (most int64, outputs []shapes.Shape, err error) {
	exec, err := model.NewExec(r.engine.Backend, r.store, func(scope *model.Scope, inputs []*graph.Node) []*graph.Node {
		made := build(scope, inputs)
		for _, node := range made {
			outputs = append(outputs, node.Shape())
		}
		g := made[0].Graph()
		for variable := range scope.Store().IterVariables() {
			if variable.ChangedInGraph(g) {
				made = append(made, variable.NodeValue(g))
			}
		}
		most = valueBytes(r.engine, g.Nodes(), made)
		panic(built{})
	})
	if err != nil {
		return 0, nil, err
	}
	_, err = exec.Compile(inputs...)
	// What has no value was made for this graph, such as Adam's moments, and would keep the run from being saved.
	for _, variable := range slices.Collect(r.store.IterVariables()) {
		if variable.HasValue() {
			continue
		}
		if err := r.store.DeleteVariable(variable.Path()); err != nil {
			return 0, nil, err
		}
	}
	if !errors.As(err, new(built)) {
		return 0, nil, fmt.Errorf("the training step of run %s can't be built: %w", r.Dir, plain(err))
	}
	return most, outputs, nil
}

// peaks tell how much the values of nodes take, if they are made in this order, those that the outputs need, and each is given up after its
// last use. Outputs stay. Parameters are somebody else's, and views take nothing of their own. atOnce is the most that all take at once, and
// bySize what they take where only values of one size can have each other's place: the sum, over sizes, of the most at once.
func peaks(nodes, outputs []*graph.Node) (atOnce, bySize int64) {
	needed := make(map[*graph.Node]bool)
	for reach := slices.Clone(outputs); len(reach) > 0; {
		node := reach[len(reach)-1]
		reach = reach[:len(reach)-1]
		if !needed[node] {
			needed[node] = true
			reach = append(reach, node.Inputs()...)
		}
	}
	lastUse := make(map[*graph.Node]int) // of the node whose value it is
	for i, node := range nodes {
		for _, input := range node.Inputs() {
			if needed[node] {
				lastUse[viewed(input)] = i
			}
		}
	}
	for _, output := range outputs {
		lastUse[viewed(output)] = len(nodes)
	}

	var live int64
	liveOf, mostOf := make(map[int64]int64), make(map[int64]int64) // by size
	givenUp := make(map[int][]int64)                               // sizes, by the last use
	for i, node := range nodes {
		if needed[node] && viewed(node) == node && node.Type() != graph.NodeTypeParameter && node.NumOutputs() == 1 {
			size := node.Shape().ByteSize()
			live += size
			liveOf[size] += size
			mostOf[size] = max(mostOf[size], liveOf[size])
			givenUp[lastUse[node]] = append(givenUp[lastUse[node]], size)
		}
		atOnce = max(atOnce, live)
		for _, size := range givenUp[i] {
			live -= size
			liveOf[size] -= size
		}
	}
	for _, most := range mostOf {
		bySize += most
	}
	return atOnce, bySize
}

// viewed is the node whose value a node is, seen in another way perhaps.
func viewed(node *graph.Node) *graph.Node {
	for {
		switch node.Type() {
		case graph.NodeTypeReshape, graph.NodeTypeIdentity, graph.NodeTypeBitcast, graph.NodeTypeOptimizationBarrier, graph.NodeTypeSchedulingBarrier:
			node = node.Inputs()[0]
		default:
			return node
		}
	}
}
