package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/samplers"
)

// stepsPerCall is how many steps of a chain one compiled graph makes.
const stepsPerCall = 10

// chains are chains under way after training, by the moving average of the weights.
type chains struct {
	made, steps int               // steps made, and to be made in all
	alone       int               // the first steps that are made one by one
	labels      []any             // of the parts that are conditional
	prepared    []*tensors.Tensor // what layers have made of weights
	state       []*tensors.Tensor // samples, random state, and the velocity if the chain has one
	advance     *model.Exec       // makes a step for each noise factor
	report      func(steps int)   // is told of steps that were made
}

// starter makes starts of chains from an origin: from a random state and a row of the buffer for each chain, of which noise takes only how many
// they are.
func (b *bound) starter(from Origin) (*model.Exec, error) {
	return model.NewExec(b.first.engine.Backend, b.first.store, func(scope *model.Scope, random, rows *Node) (x, newRandom *Node) {
		if from == Buffer {
			buffer := scope.Store().GetVariable(replayPath).NodeValue(rows.Graph())
			newRandom, x = images(random, samplers.Rows(buffer, rows), nil)
			return x, newRandom
		}
		newRandom, x = RandomUniform(random, shapes.Make(dtypes.Float32, slices.Concat(rows.Shape().Dimensions, b.first.example)...))
		return b.config.Start.scale(x), newRandom
	})
}

// random is the random state of the first chains.
func (b *bound) random() (*tensors.Tensor, error) { return RNGStateFromSeed(b.config.Seed + 1) }

// noise is the state of chains that start from noise.
func (b *bound) noise() ([]*tensors.Tensor, error) {
	starter, err := b.starter(Noise)
	if err != nil {
		return nil, err
	}
	defer starter.Finalize()
	random, err := b.random()
	if err != nil {
		return nil, err
	}
	defer random.FinalizeAll()
	return starter.Call(random, make([]int32, b.n))
}

// start starts chains from a state, which they take over.
func (b *bound) start(state []*tensors.Tensor, steps int) (*chains, error) {
	return b.startWithin(state, steps, func(x *Node) *Node { return x })
}

// startWithin starts chains of x of which the energy sees whole(x).
func (b *bound) startWithin(state []*tensors.Tensor, steps int, whole func(x *Node) *Node) (*chains, error) {
	c := &chains{steps: steps, state: state, labels: b.given(), report: func(int) {}}
	conditional := len(c.labels)
	var of []*model.Variable
	if b.loop {
		var err error
		if of, c.prepared, err = b.prepared(); err != nil {
			finalize(state)
			return nil, err
		}
	}
	if b.loop && b.config.gains() {
		c.alone = 1
	}
	begin := func(scope *model.Scope) func(inputs []*Node) (samplers.Energy, samplers.State) {
		return func(inputs []*Node) (samplers.Energy, samplers.State) {
			labels, inputs := inputs[1:1+conditional], inputs[1+conditional:]
			prepare(of, inputs)
			energy := b.energy(scope, labels)
			return func(x *Node) *Node { return energy(whole(x)) }, samplers.StateOf(inputs[len(of):])
		}
	}
	c.advance = model.MustNewExec(b.first.engine.Backend, b.weights, func(scope *model.Scope, inputs []*Node) []*Node {
		if b.loop && inputs[0].Shape().Dim(0) > 1 {
			weights := slices.Collect(scope.Store().IterVariables())
			return b.config.loop(weights, inputs, begin(scope)).Nodes()
		}
		energy, state := begin(scope)(inputs)
		return b.config.hold(energy, state, inputs[0]).Nodes()
	}).WithName("chain")
	return c, nil
}

// prepared is what layers make of the weights alone, once for all steps of loops, and of which weights.
func (b *bound) prepared() (of []*model.Variable, made []*tensors.Tensor, err error) {
	exec, err := model.NewExec(b.first.engine.Backend, b.weights, func(scope *model.Scope, g *Graph) []*Node {
		// The energy is built for it, which nothing comes of, and which XLA leaves out.
		b.energyAt(scope, g)(Zeros(g, shapes.Make(dtypes.Float32, b.dims()...)))
		var nodes []*Node
		of, nodes = prepared(slices.Collect(scope.Store().IterVariables()), g)
		return append(nodes, ScalarZero(g, dtypes.Float32)) // There may be nothing else.
	})
	if err != nil {
		return nil, nil, err
	}
	defer exec.Finalize()
	if made, err = exec.Call(); err != nil {
		return nil, nil, plain(err)
	}
	made[len(of)].FinalizeAll()
	return of, made[:len(of)], nil
}

// until makes the steps that are missing up to that number, and gives the samples.
func (c *chains) until(steps int) ([]float32, error) {
	for c.made < steps {
		count := stepsPerCall
		if steps-c.made < stepsPerCall || c.made < c.alone {
			count = 1 // Of the two numbers each is compiled once.
		}
		noise := []any{noiseFactors(c.made, c.made+count, c.steps)}
		next, err := c.advance.Call(slices.Concat(noise, c.labels, asInputs(c.prepared), asInputs(c.state))...)
		if err != nil {
			return nil, plain(err)
		}
		finalize(c.state)
		c.state = next
		c.made += count
		c.report(count)
	}
	values, err := tensors.CopyFlatData[float32](c.state[0])
	if err != nil {
		return nil, err
	}
	for _, value := range values {
		if math.IsNaN(float64(value)) || math.IsInf(float64(value), 0) {
			return nil, fmt.Errorf("a chain is not finite after %d steps (it holds %g): a smaller step size, or an earlier checkpoint, may help", steps, value)
		}
	}
	return values, nil
}

// restart has the chains begin anew, at what transit makes of their samples and random state. A velocity is not carried on.
func (c *chains) restart(transit *Exec) error {
	next, err := transit.Call(c.state[0], c.state[1])
	if err != nil {
		return err
	}
	c.begin(next)
	return nil
}

// begin has the chains begin anew at a state, which they take over.
func (c *chains) begin(state []*tensors.Tensor) {
	finalize(c.state)
	c.state, c.made = state, 0
}

func (c *chains) finalize() {
	finalize(c.prepared)
	finalize(c.state)
	c.advance.Finalize()
}

// dims is the shape of the samples.
func (b *bound) dims() []int { return append([]int{b.n}, b.first.example...) }

// tensor gives samples their shape.
func (b *bound) tensor(samples []float32) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(samples, b.dims()...)
}
