package train

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/gobackend"
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
	labelsPath  = "/labels" // of the samples in the replay buffer
	randomPath  = "/random"
	ratePath    = "/optimizers/learning_rate" // where GoMLX's optimisers have it
)

// stepGraph is one training step, whole, as one graph. Inputs are those of the feed and of choose; the outputs are finish's.
func (c Config) stepGraph(scope *model.Scope, inputs []*Node) []*Node {
	start, state := c.begin(scope, inputs)
	if held := c.Steps - c.KLSteps; held > 0 {
		energy := c.energyAt(scope, c.condition(start.labels))
		state = c.hold(energy, state, Const(inputs[0].Graph(), noiseFactors(0, held, c.Steps)))
	}
	return c.finish(scope, start, state)
}

// start is what a training step starts from.
type start struct {
	data, samples, reference *Node // images or points: of the data, where the chains start, and what the entropy is measured against
	slots, entropyOn         *Node // as choose has them
	dataLabels, labels       *Node // of data and samples, [batch]; nil for an unconditional energy
}

// begin draws what a step starts from. Inputs are the examples on the device, [examples, ...], with their labels if the energy is
// conditioned on them, the rows of them that the step takes, and what the host chose.
func (c Config) begin(scope *model.Scope, inputs []*Node) (start, samplers.State) {
	examples, inputs := inputs[0], inputs[1:]
	var labels *Node
	if c.Classes > 0 {
		labels, inputs = inputs[0], inputs[1:]
	}
	dataRows, startRows, restart, referenceRows := inputs[0], inputs[1], inputs[2], inputs[3]
	s := start{slots: inputs[4], entropyOn: inputs[5]}
	g, store := examples.Graph(), scope.Store()
	layers.PowerIteration(scope.At("energy"), g)

	// Data, and the samples that the chains start from: of the buffer, or noise.
	buffer, random := store.GetVariable(replayPath).NodeValue(g), store.GetVariable(randomPath).NodeValue(g)
	random, s.data = images(random, samplers.Rows(examples, dataRows), c.Augmentation)
	random, s.samples = images(random, samplers.Rows(buffer, startRows), c.Transitions)
	random, s.reference = images(random, samplers.Rows(buffer, referenceRows), c.Transitions)
	random, noise := RandomUniform(random, s.samples.Shape())
	s.samples = Where(BroadcastToShape(Reshape(restart, column(s.samples)...), s.samples.Shape()), c.Start.scale(noise), s.samples)

	// A sample of the buffer keeps its label; a chain from noise takes one of the data's.
	if c.Classes > 0 {
		s.dataLabels = samplers.Rows(labels, dataRows)
		s.labels = Where(restart, s.dataLabels, samplers.Rows(store.GetVariable(labelsPath).NodeValue(g), startRows))
	}
	return s, samplers.Init(s.samples, random)
}

// finish makes the chain's last steps, which are differentiated, and the update of all that the training keeps. It gives the metrics, in
// the order of metricNames, and the gradient norm of each of trainedWeights.
func (c Config) finish(scope *model.Scope, s start, state samplers.State) []*Node {
	g, store, network := state.X.Graph(), scope.Store(), scope.At("energy")
	energy := func(condition *Node) samplers.Energy { return c.energyAt(scope, condition) }
	condition := c.condition(s.labels)
	w := c.walk(energy, state, condition)

	// The objective and its gradient, clipped to ClipNorm.
	batch := losses.NewBatch(energy(condition), w.ends, w.samples)
	batch.EnergyData = energy(c.condition(s.dataLabels))(s.data)
	batch.Reference, batch.EntropyOn, batch.Neighbours = StopGradient(s.reference), s.entropyOn, c.Neighbours
	batch.Velocity, batch.Gradient = w.info.Velocity, w.info.Gradient
	total, values := losses.Total(c.terms(), batch)
	gradients, termNorms := c.gradients(w, network, total, values)
	norms := normOfEach(gradients)
	norm := globalNorm(norms)
	clip := MinScalar(Div(Const(g, float32(c.ClipNorm)), AddScalar(norm, 1e-6)), 1)
	for i := range gradients {
		gradients[i] = Mul(gradients[i], clip)
	}

	// The update of the weights and of their average.
	adam := optimizer.Adam().LearningRate(c.Adam.LearningRate).Betas(c.Adam.Beta1, c.Adam.Beta2).Epsilon(c.Adam.Epsilon).Done()
	adam.(train.OptimizeWithGradients).UpdateGraphWithGradients(scope, gradients, dtypes.Float32)
	for weight := range network.IterVariables() {
		average := store.GetVariable(averagePath + weight.Path()[len(energyPath):])
		if !weight.Trainable { // The vectors of a spectral norm: they have a length of 1, which a mean hasn't.
			average.SetNodeValue(Identity(weight.NodeValue(g)))
			continue
		}
		average.SetNodeValue(Add(MulScalar(average.NodeValue(g), c.EMA), MulScalar(weight.NodeValue(g), 1-c.EMA)))
	}

	// The update of the buffer.
	replay, random := store.GetVariable(replayPath), store.GetVariable(randomPath)
	stored := w.ends
	if replay.DType() == dtypes.Uint8 {
		stored = samplers.ToBytes(w.ends)
	}
	replay.SetNodeValue(samplers.SetRows(replay.NodeValue(g), s.slots, stored))
	random.SetNodeValue(settled(w.random))
	if c.Classes > 0 {
		kept := store.GetVariable(labelsPath)
		kept.SetNodeValue(samplers.SetRows(kept.NodeValue(g), s.slots, s.labels))
	}

	energyData, energySamples := ReduceAllMean(batch.EnergyData), ReduceAllMean(batch.EnergySamples)
	metrics := append([]*Node{energyData, energySamples, Sub(energyData, energySamples), total}, values...)
	metrics = append(metrics, norm)
	metrics = append(metrics, termNorms...)
	distances := samplers.Norms(Sub(w.ends, s.samples))
	metrics = append(metrics, ReduceAllMean(w.slopes), ReduceAllMean(w.moves), ReduceAllMean(distances), ReduceAllMean(w.acceptances))
	metrics = append(metrics, c.health(s.data, w.ends)...)
	return []*Node{Stack(metrics, 0), norms}
}

// gradients are those of the objective in the weights that are trained; with TermGradients their sum is made of each term's, of which
// it gives the norms too.
func (c Config) gradients(w walk, network *model.Scope, total *Node, values []*Node) (gradients, termNorms []*Node) {
	var weights []*Node
	for _, weight := range trainedWeights(network, total.Graph()) {
		weights = append(weights, weight.NodeValue(total.Graph()))
	}
	if !c.TermGradients {
		return w.gradients(total, weights), nil
	}
	for i, value := range values {
		ofTerm := w.gradients(MulScalar(value, c.Terms[i].Weight), weights)
		termNorms = append(termNorms, globalNorm(normOfEach(ofTerm)))
		if i == 0 {
			gradients = ofTerm
			continue
		}
		for j := range gradients {
			gradients[j] = Add(gradients[j], ofTerm[j])
		}
	}
	return gradients, termNorms
}

// trainedWeights are the network's weights that an optimiser updates, in its order.
func trainedWeights(network *model.Scope, g *Graph) []*model.Variable {
	var weights []*model.Variable
	for weight := range network.IterVariables() {
		if weight.Trainable && weight.InUseByGraph(g) {
			weights = append(weights, weight)
		}
	}
	return weights
}

// energy is the model's. What it panics with, and a result that is not [batch, scales], are faults of the model.
func (c Config) energy(scope *model.Scope, x, condition *Node) (e *Node) {
	if c.BFloat16 && layers.Multiplies(x.Graph().Backend(), dtypes.BFloat16) {
		layers.ComputeIn(x.Graph(), dtypes.BFloat16)
	}
	blame(fmt.Sprintf("model %T at x of shape %s", c.Model, x.Shape()), func() {
		e = c.Model.Energy(scope, x, condition)
		if e == nil {
			exceptions.Panicf("it returns no energies; they must be [batch, scales]")
		}
		if e.Rank() != 2 || e.Shape().Dim(0) != x.Shape().Dim(0) {
			exceptions.Panicf("it returns energies of shape %s; they must be [batch, scales]", e.Shape())
		}
	})
	return e
}

// metricNames are the columns of a run's metrics, after the step.
func (c Config) metricNames() []string {
	names := []string{"energy_data", "energy_samples", "energy_difference", "loss"}
	for _, term := range c.Terms {
		names = append(names, term.Name)
	}
	names = append(names, "gradient_norm")
	if c.TermGradients {
		for _, term := range c.Terms {
			names = append(names, "gradient_norm_"+term.Name)
		}
	}
	names = append(names, "chain_gradient_norm", "chain_step", "chain_distance", "chain_acceptance")
	return append(names, c.healthNames()...)
}

// images gives rows of a data set or buffer as the energy takes them: bytes as images in [0, 1), dequantised, after transitions; points
// as they are. No gradient goes back through them.
func images(random, rows *Node, transitions samplers.Transitions) (newRandom, x *Node) {
	if rows.DType() != dtypes.Uint8 {
		return random, rows
	}
	random, uniform := RandomUniform(random, shapes.Make(dtypes.Float32, rows.Shape().Dimensions...))
	return transitions.Apply(random, StopGradient(samplers.FromBytes(rows, uniform)))
}

// condition is what labels [batch] make, one-hot: [batch, Classes]. It is nil for an unconditional energy.
func (c Config) condition(labels *Node) *Node {
	if c.Classes == 0 {
		return nil
	}
	return OneHot(labels, c.Classes, dtypes.Float32)
}

// settled is a random state whose every bit is determined. The pure Go engine's generator keeps its state in the first two words
// and leaves in the third what was in memory.
func settled(random *Node) *Node {
	if random.Graph().Backend().String() == gobackend.BackendName {
		return Mul(random, Const(random.Graph(), []uint64{1, 1, 0}))
	}
	return Identity(random)
}

// energyAt binds a condition.
func (c Config) energyAt(scope *model.Scope, condition *Node) samplers.Energy {
	return func(x *Node) *Node { return c.energy(scope.At("energy"), x, condition) }
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

// normOfEach is the L2 norm of each gradient: [gradients].
func normOfEach(gradients []*Node) *Node {
	norms := make([]*Node, len(gradients))
	for i, gradient := range gradients {
		norms[i] = Sqrt(ReduceAllSum(Square(gradient)))
	}
	return Stack(norms, 0)
}

// globalNorm is the L2 norm of gradients of these norms, all taken together.
func globalNorm(norms *Node) *Node { return Sqrt(ReduceAllSum(Square(norms))) }

// choose makes the choices of one step that are made on the host, a pure function of the seed and the step: the inputs of
// a step after those of the feed.
func (c Config) choose(step int) []any {
	random := rand.New(rand.NewPCG(uint64(c.Seed), uint64(step)))
	seen := step * c.Batch
	startRows, restart := c.Replay.Starts(random, seen, c.Batch)
	entropyOn := float32(0)
	if c.Replay.Len(seen) > c.EntropyAfter {
		entropyOn = 1
	}
	return []any{
		tensors.FromValue(startRows),
		tensors.FromValue(restart),
		tensors.FromValue(c.Replay.Draw(random, seen, c.References)),
		tensors.FromValue(c.Replay.Slots(random, seen, c.Batch)),
		tensors.FromValue(entropyOn),
	}
}
