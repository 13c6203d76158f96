package golden

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
	"ebm/ebmlib/weights"
)

// Check runs the computation of a golden file, an .npz with its .json beside it, on an engine.
//
// Errors: either file can't be read, names a network that there is not, or lacks arrays or parameters of it.
func Check(engine *backends.Engine, path string) (Report, error) {
	report := Report{File: path, Engine: engine.Kind}
	setting, err := readSetting(strings.TrimSuffix(path, filepath.Ext(path)) + ".json")
	if err != nil {
		return report, err
	}
	arrays, err := weights.Read(path)
	if err != nil {
		return report, err
	}
	c := &check{setting: setting, arrays: arrays, store: model.NewStore()}
	if setting.Model == "residual_block" {
		err = c.residualBlock(engine)
	} else {
		err = c.training(engine)
	}
	if err != nil {
		return report, fmt.Errorf("%s: %w", path, err)
	}
	report.Quantities, report.Unused, report.Note = c.quantities, c.unused, c.note
	return report, nil
}

// check is one golden file being checked.
type check struct {
	setting Setting
	arrays  weights.Tensors
	store   *model.Store

	quantities []Quantity
	unused     []string
	note       string
}

// inputNames are the arrays that the numbers of a network are made from, beside its parameters.
var inputNames = []string{"x_pos", "x_init", "langevin_noise", "entropy_reference"}

// valueNames are the arrays that are made of a network's chain and losses.
var valueNames = []string{"energy_pos_each_scale", "grad_x_pos", "x_neg", "loss_total", "loss_cd", "loss_l2", "loss_kl_energy", "loss_repel"}

// gradientFamilies begin the names of the gradients in the parameters: those of the whole loss and of the KL term's two parts.
var gradientFamilies = []string{"grad_total/", "grad_kl_energy/", "grad_kl_entropy/"}

// training checks a file of a whole network: energies, chain, losses, and gradients.
func (c *check) training(engine *backends.Engine) error {
	network, err := c.setting.Network()
	if err != nil {
		return err
	}
	inputs, err := c.inputs(inputNames...)
	if err != nil {
		return err
	}
	if noise := c.arrays["langevin_noise"].Shape().Dimensions; len(noise) == 0 || noise[0] != c.setting.Steps {
		return fmt.Errorf("its langevin_noise has the shape %v, and its setting says %d steps", noise, c.setting.Steps)
	}
	if int(c.setting.KLSteps) > c.setting.Steps {
		return fmt.Errorf("its setting says kl_steps %d of %d steps", c.setting.KLSteps, c.setting.Steps)
	}
	if err := c.declare(engine, inputs, energyOf(network)); err != nil {
		return err
	}
	if err := c.importParameters(); err != nil {
		return err
	}
	through := func(klSteps klSteps) error {
		c.quantities = nil
		computed, err := c.compute(engine, network, inputs, klSteps)
		if err != nil {
			return err
		}
		return c.compareTraining(computed)
	}
	if c.setting.KLSteps != allSteps {
		return through(c.setting.KLSteps)
	}
	// The reference cuts the gradient between the steps of its chain, and its option to differentiate through all of them then changes
	// nothing. A file that says all may hold either gradient; the report says which.
	if err := through(1); err != nil || (Report{Quantities: c.quantities}).Holds() {
		c.note = "kl_steps is \"all\", but the gradients are those through the last step alone"
		return err
	}
	return through(allSteps)
}

// makeParameters makes the network's parameters, at their first values, by evaluating it.
func (c *check) makeParameters(engine *backends.Engine, network models.Model, inputs []any) error {
	return c.call(engine, inputs, energyOf(network), func([]*tensors.Tensor) error { return nil })
}

// energyOf is the graph of a network's energies at the first of a file's inputs.
func energyOf(network models.Model) func(*model.Scope, []*Node) []*Node {
	return func(scope *model.Scope, nodes []*Node) []*Node {
		return []*Node{network.Energy(scope, nodes[0], conditionOf(nodes))}
	}
}

// compute gives the arrays of a golden file that are made from the inputs, by their names. One graph serves all families of gradients, since
// preparing it takes most of the time: it differentiates the loss of the family that is picked, by a vector with a 1 at it.
func (c *check) compute(engine *backends.Engine, network models.Model, inputs []any, klSteps klSteps) (weights.Tensors, error) {
	parameters := c.parameters()
	exec, err := model.NewExec(engine.Backend, c.store, func(scope *model.Scope, nodes []*Node) []*Node {
		picked, nodes := nodes[0], nodes[1:]
		energy := func(x *Node) *Node { return network.Energy(scope, x, conditionOf(nodes)) }
		values, differentiated := c.trainingGraph(energy, klSteps, nodes[0], nodes[1], nodes[2], nodes[3])
		terms := Stack(differentiated, 0)
		picked = ConvertDType(picked, terms.DType())
		gradients := Gradient(Dot(picked, terms).Product(), nodesOf(parameters, picked.Graph())...)
		return append(gradients, values...)
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	computed := make(weights.Tensors)
	for i, family := range gradientFamilies {
		picked := make([]float32, len(gradientFamilies))
		picked[i] = 1
		outputs, err := exec.Call(append([]any{picked}, inputs...)...)
		if err != nil {
			return nil, err
		}
		names := make([]string, 0, len(outputs))
		for _, parameter := range parameters {
			names = append(names, family+weights.Name(c.store.RootScope(), parameter))
		}
		for j, name := range append(names, valueNames...) {
			if computed[name], err = outputs[j].LocalClone(); err != nil {
				return nil, err
			}
			outputs[j].FinalizeAll()
		}
	}
	computed["x_neg_kl"] = computed["x_neg"]
	return computed, nil
}

func nodesOf(parameters []*model.Variable, g *Graph) []*Node {
	nodes := make([]*Node, len(parameters))
	for i, parameter := range parameters {
		nodes[i] = parameter.NodeValue(g)
	}
	return nodes
}

// conditionOf is the labels after the four arrays of a file; nil if there are none.
func conditionOf(nodes []*Node) *Node { return append(nodes, nil)[4] }

// trainingGraph is what the reference computed: energies and their slope at the data, the chain under the recorded noise, and the loss
// terms, as valueNames has them; and the losses that each family of gradients is of.
func (c *check) trainingGraph(energy samplers.Energy, klSteps klSteps, xPos, xInit, noise, reference *Node) (values, differentiated []*Node) {
	g := xPos.Graph()
	xPos = Identity(xPos)
	energyPos := energy(xPos)
	slope := layers.InputGradient(energyPos, xPos)

	steps, chain := noise.Shape().Dim(0), c.setting.chain()
	through := int(klSteps)
	if klSteps == allSteps {
		through = steps
	}
	held := layers.HoldParameters(energy)
	state := samplers.Init(xInit, nil)
	for i := range steps {
		z := Squeeze(Slice(noise, AxisElem(i)), 0)
		if i < steps-through {
			state.X, _ = chain.Move(held, state.Detach().X, z)
			continue
		}
		if i == steps-through {
			state = state.Detach()
		}
		state.X, _ = chain.Move(energy, state.X, z)
	}

	batch := losses.NewBatch(energy, state.X, state.X)
	batch.EnergyData, batch.Reference, batch.EntropyOn = energyPos, reference, ScalarOne(g, dtypes.Float32)
	total, terms := losses.Total(c.setting.terms(), batch)
	// Of the entropy part the files have the negative.
	values = []*Node{energyPos, slope, Identity(state.X), total, terms[0], terms[1], terms[2], Neg(terms[3])}
	return values, []*Node{total, terms[2], terms[3]}
}

func (c *check) compareTraining(computed weights.Tensors) error {
	energies, err := c.flat("energy_pos_each_scale")
	if err != nil {
		return err
	}
	scale := rounding * largest(energies)
	c.compare("energy_pos_each_scale", computed["energy_pos_each_scale"], valueTolerance, 0)
	for _, name := range []string{"grad_x_pos", "x_neg", "x_neg_kl"} {
		c.compare(name, computed[name], gradientTolerance, 0)
	}
	for _, name := range []string{"loss_cd", "loss_l2", "loss_kl_energy", "loss_repel", "loss_total"} {
		c.compare(name, computed[name], valueTolerance, scale)
	}
	for _, family := range gradientFamilies {
		theirs, ours := c.arrays.Under(family), computed.Under(family)
		var whole float64 // the largest entry of the whole gradient
		for name := range theirs {
			values, err := c.flat(family + name)
			if err != nil {
				return err
			}
			whole = max(whole, largest(values))
		}
		for _, name := range slices.Sorted(maps.Keys(ours)) {
			delete(theirs, name)
			c.compare(family+name, ours[name], gradientTolerance, rounding*whole)
		}
		for _, name := range slices.Sorted(maps.Keys(theirs)) { // Of parameters that have no part in the energy.
			zero := tensors.FromShape(theirs[name].Shape())
			c.compare(family+name, zero, gradientTolerance, rounding*whole)
		}
	}
	return nil
}

// residualBlock checks a file of a single residual block.
func (c *check) residualBlock(engine *backends.Engine) error {
	variant, err := c.setting.variant()
	if err != nil {
		return err
	}
	inputs, err := c.inputs("x")
	if err != nil {
		return err
	}
	resolution, err := c.resolution()
	if err != nil {
		return err
	}
	build := func(scope *model.Scope, nodes []*Node) []*Node {
		x := Identity(nodes[0])
		y := variant.ResidualBlock(scope, x, append(nodes, nil)[1], resolution)
		return []*Node{y, Gradient(ReduceAllSum(Square(y)), x)[0]}
	}
	if err := c.declare(engine, inputs, build); err != nil {
		return err
	}
	if err := c.importParameters(); err != nil {
		return err
	}
	return c.call(engine, inputs, build, func(outputs []*tensors.Tensor) error {
		c.compare("out", outputs[0], valueTolerance, 0)
		c.compare("grad_x_of_sum_sq", outputs[1], gradientTolerance, 0)
		return nil
	})
}
