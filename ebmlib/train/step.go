package train

import (
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/layers"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/samplers"
)

// Where the store keeps things. Only what lies under energyPath is trained.
const (
	energyPath  = "/energy"
	averagePath = "/average" // the weights' moving average, by the same names
	replayPath  = "/replay"
	randomPath  = "/random"
)

// stepGraph is one training step, whole, as one graph. Inputs are the data set [examples, ...] and what the host chose for this
// step (see choose); the output is the step's metrics, in the order of metricNames.
func (c Config) stepGraph(scope *model.Scope, inputs []*Node) *Node {
	dataset, dataRows, startRows, restart, referenceRows, slots, entropyOn :=
		inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], inputs[5], inputs[6]
	g := dataset.Graph()
	store := scope.Store()
	network := scope.At("energy")
	energy := func(x *Node) *Node { return c.energy(network, x) }
	replay, random := store.GetVariable(replayPath), store.GetVariable(randomPath)

	// Data, and the samples that the chains start from.
	buffer, state := replay.NodeValue(g), random.NodeValue(g)
	data, state := examples(samplers.Rows(dataset, dataRows), state)
	start, state := examples(samplers.Rows(buffer, startRows), state)
	reference, state := examples(samplers.Rows(buffer, referenceRows), state)
	state, noise := RandomUniform(state, start.Shape())
	start = Where(BroadcastToShape(Reshape(restart, column(start)...), start.Shape()), c.Start.scale(noise), start)

	// The chain. Its end depends on the parameters through the last step alone.
	chain, held := samplers.Init(start, state), layers.HoldParameters(energy)
	for range c.Steps - 1 {
		chain, _ = c.Chain.Step(held, chain.Detach())
	}
	chain, info := c.Chain.Step(energy, chain.Detach())

	// The objective and its gradient, clipped to ClipNorm.
	batch := losses.NewBatch(energy, data, chain.X, reference, entropyOn)
	total, values := losses.Total(c.Terms, batch)
	gradients := network.BuildTrainableVariablesGradientsGraph(total)
	norm := globalNorm(network, gradients)
	clip := MinScalar(Div(Const(g, float32(c.ClipNorm)), AddScalar(norm, 1e-6)), 1)
	for i := range gradients {
		gradients[i] = Mul(gradients[i], clip)
	}

	// The update of the weights, of their average, and of the buffer.
	adam := optimizer.Adam().LearningRate(c.Adam.LearningRate).Betas(c.Adam.Beta1, c.Adam.Beta2).Epsilon(c.Adam.Epsilon).Done()
	adam.(train.OptimizeWithGradients).UpdateGraphWithGradients(scope, gradients, dtypes.Float32)
	for weight := range network.IterVariables() {
		average := store.GetVariable(averagePath + weight.Path()[len(energyPath):])
		average.SetNodeValue(Add(MulScalar(average.NodeValue(g), c.EMA), MulScalar(weight.NodeValue(g), 1-c.EMA)))
	}
	samples := StopGradient(chain.X)
	stored := samples
	if buffer.DType() == dtypes.Uint8 {
		stored = samplers.ToBytes(samples)
	}
	replay.SetNodeValue(samplers.SetRows(buffer, slots, stored))
	random.SetNodeValue(chain.Random)

	energyData, energySamples := ReduceAllMean(batch.EnergyData), ReduceAllMean(batch.EnergySamples)
	metrics := append([]*Node{energyData, energySamples, Sub(energyData, energySamples), total}, values...)
	metrics = append(metrics, norm, ReduceAllMean(info.GradientNorm), ReduceAllMean(samplers.Norms(Sub(samples, start))))
	return Stack(metrics, 0)
}

// energy is the model's. Whatever the model panics with, a text or the like too, becomes an error that names it, as does a result
// that is not [batch, scales].
func (c Config) energy(scope *model.Scope, x *Node) (e *Node) {
	if panicked := exceptions.Try(func() { e = c.Model.Energy(scope, x, nil) }); panicked != nil {
		exceptions.Panicf("model %T at x of shape %s: %v", c.Model, x.Shape(), panicked)
	}
	if e == nil {
		exceptions.Panicf("model %T returns no energies; they must be [batch, scales]", c.Model)
	}
	if e.Rank() != 2 || e.Shape().Dim(0) != x.Shape().Dim(0) {
		exceptions.Panicf("model %T at x of shape %s returns energies of shape %s; they must be [batch, scales]", c.Model, x.Shape(), e.Shape())
	}
	return e
}

// metricNames are the columns of a run's metrics, after the step.
func (c Config) metricNames() []string {
	names := []string{"energy_data", "energy_samples", "energy_difference", "loss"}
	for _, term := range c.Terms {
		names = append(names, term.Name)
	}
	return append(names, "gradient_norm", "chain_gradient_norm", "chain_distance")
}

// examples gives rows of a data set or buffer as the energy takes them: bytes as images in [0, 1), dequantised; points as
// they are. No gradient goes back through them.
func examples(rows, random *Node) (x, newRandom *Node) {
	if rows.DType() != dtypes.Uint8 {
		return rows, random
	}
	random, uniform := RandomUniform(random, shapes.Make(dtypes.Float32, rows.Shape().Dimensions...))
	return StopGradient(samplers.FromBytes(rows, uniform)), random
}

// column is the shape that lines [batch] up with x [batch, ...].
func column(x *Node) []int {
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[0] = x.Shape().Dim(0)
	return dims
}

// globalNorm is the L2 norm of the gradients in the network's weights, all taken together. The squares are added up in the order of
// the weights' paths: a store that was read from a checkpoint is in no order, and the sum's last bit depends on it.
func globalNorm(network *model.Scope, gradients []*Node) *Node {
	g := gradients[0].Graph()
	squares := make(map[string]*Node)
	for weight := range network.IterVariables() {
		if weight.Trainable && weight.InUseByGraph(g) { // The weights that the gradients are of.
			squares[weight.Path()] = ReduceAllSum(Square(gradients[len(squares)]))
		}
	}
	sum := ScalarZero(g, dtypes.Float32)
	for _, path := range slices.Sorted(maps.Keys(squares)) {
		sum = Add(sum, squares[path])
	}
	return Sqrt(sum)
}

// choose makes the choices of one step that are made on the host, a pure function of the seed and the step: the inputs of
// stepGraph after the data set.
func (c Config) choose(step, examples int) []any {
	random := rand.New(rand.NewPCG(uint64(c.Seed), uint64(step)))
	seen := step * c.Batch
	startRows, restart := c.Replay.Starts(random, seen, c.Batch)
	entropyOn := float32(0)
	if c.Replay.Len(seen) > c.EntropyAfter {
		entropyOn = 1
	}
	return []any{
		tensors.FromValue(c.dataRows(step, examples)),
		tensors.FromValue(startRows),
		tensors.FromValue(restart),
		tensors.FromValue(c.Replay.Draw(random, seen, c.References)),
		tensors.FromValue(c.Replay.Slots(random, seen, c.Batch)),
		tensors.FromValue(entropyOn),
	}
}

// dataRows are the step's rows of the data set: epochs, each in an order of its own, one after the other.
func (c Config) dataRows(step, examples int) []int32 {
	rows := make([]int32, 0, c.Batch)
	for position := step * c.Batch; len(rows) < c.Batch; {
		epoch, first := position/examples, position%examples
		order := rand.New(rand.NewPCG(uint64(c.Seed)^0x5bd1e995, uint64(epoch))).Perm(examples)
		for _, row := range order[first:min(examples, first+c.Batch-len(rows))] {
			rows = append(rows, int32(row))
			position++
		}
	}
	return rows
}
