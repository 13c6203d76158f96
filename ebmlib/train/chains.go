package train

import (
	"fmt"
	"math"

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
	state       []*tensors.Tensor // samples, random state, and the velocity if the chain has one
	advance     *model.Exec       // makes a step for each noise factor
}

// noise is the state of chains that start from noise.
func (b *bound) noise() ([]*tensors.Tensor, error) {
	noise, err := NewExec(b.first.engine.Backend, func(random *Node) (x, newRandom *Node) {
		random, x = RandomUniform(random, shapes.Make(dtypes.Float32, b.dims()...))
		return b.config.Start.scale(x), random
	})
	if err != nil {
		return nil, err
	}
	defer noise.Finalize()
	random, err := RNGStateFromSeed(b.config.Seed + 1)
	if err != nil {
		return nil, err
	}
	defer random.FinalizeAll()
	return noise.Call(random)
}

// start starts chains from a state, which they take over.
func (b *bound) start(state []*tensors.Tensor, steps int) *chains {
	return b.startWithin(state, steps, func(x *Node) *Node { return x })
}

// startWithin starts chains of x of which the energy sees whole(x).
func (b *bound) startWithin(state []*tensors.Tensor, steps int, whole func(x *Node) *Node) *chains {
	advance := model.MustNewExec(b.first.engine.Backend, b.weights, func(scope *model.Scope, inputs []*Node) []*Node {
		energy := b.energy(scope, inputs[0].Graph())
		within := func(x *Node) *Node { return energy(whole(x)) }
		return b.config.hold(within, samplers.StateOf(inputs[1:]), inputs[0]).Nodes()
	})
	return &chains{steps: steps, state: state, advance: advance}
}

// until makes the steps that are missing up to that number, and gives the samples.
func (c *chains) until(steps int) ([]float32, error) {
	for c.made < steps {
		count := stepsPerCall
		if steps-c.made < stepsPerCall {
			count = 1 // Of the two numbers each is compiled once.
		}
		next, err := c.advance.Call(append([]any{noiseFactors(c.made, c.made+count, c.steps)}, asInputs(c.state)...)...)
		if err != nil {
			return nil, plain(err)
		}
		finalize(c.state)
		c.state = next
		c.made += count
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
	finalize(c.state)
	c.state, c.made = next, 0
	return nil
}

func (c *chains) finalize() {
	finalize(c.state)
	c.advance.Finalize()
}

// dims is the shape of the samples.
func (b *bound) dims() []int { return append([]int{b.n}, b.first.example...) }

// tensor gives samples their shape.
func (b *bound) tensor(samples []float32) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(samples, b.dims()...)
}
