package golden

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/models"
	"ebm/ebmlib/weights"
)

// inputs are arrays of the file, and after them the labels if there are conditions.
func (c *check) inputs(names ...string) ([]any, error) {
	if c.setting.Conditions > 0 {
		names = append(names, "label")
	}
	var inputs []any
	for _, name := range names {
		array, found := c.arrays[name]
		if !found {
			return nil, fmt.Errorf("it has no array %q", name)
		}
		inputs = append(inputs, array)
	}
	return inputs, nil
}

// flat is an array of the file, flat.
func (c *check) flat(name string) ([]float64, error) {
	array, found := c.arrays[name]
	if !found {
		return nil, fmt.Errorf("it has no array %q", name)
	}
	return float64s(array)
}

func float64s(array *tensors.Tensor) ([]float64, error) {
	if array.DType() != dtypes.Float32 {
		return nil, fmt.Errorf("an array of type %s; float32 is needed", array.DType())
	}
	narrow, err := tensors.CopyFlatData[float32](array)
	wide := make([]float64, len(narrow))
	for i, value := range narrow {
		wide[i] = float64(value)
	}
	return wide, err
}

// call runs a graph with the store's parameters and hands on what it gives.
func (c *check) call(engine *backends.Engine, inputs []any, build func(*model.Scope, []*Node) []*Node,
	use func(outputs []*tensors.Tensor) error) error {
	exec, err := model.NewExec(engine.Backend, c.store, build)
	if err != nil {
		return err
	}
	defer exec.Finalize()
	outputs, err := exec.Call(inputs...)
	if err != nil {
		return err
	}
	defer func() {
		for _, output := range outputs {
			output.FinalizeAll()
		}
	}()
	return use(outputs)
}

// declare makes the parameters of a graph without values: what a setting says takes no memory before the file's arrays are found to fit.
func (c *check) declare(engine *backends.Engine, inputs []any, build func(*model.Scope, []*Node) []*Node) error {
	g := NewGraph(engine.Backend, "parameters")
	defer g.Finalize()
	return exceptions.TryCatch[error](func() {
		nodes := make([]*Node, len(inputs))
		for i, input := range inputs {
			nodes[i] = Zeros(g, input.(*tensors.Tensor).Shape())
		}
		build(c.store.RootScope(), nodes)
	})
}

// importParameters sets the network's parameters to the file's.
func (c *check) importParameters() error {
	report, err := weights.Import(c.store.RootScope(), c.arrays.Under("param/"))
	c.unused = report.Extra
	return err
}

// parameters are those that are trained, in the order of their names.
func (c *check) parameters() []*model.Variable {
	var parameters []*model.Variable
	for variable := range c.store.IterVariables() {
		if variable.Trainable {
			parameters = append(parameters, variable)
		}
	}
	slices.SortFunc(parameters, func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	return parameters
}

// resolution of a residual block, by the shape of its last convolution.
func (c *check) resolution() (models.Resolution, error) {
	if !c.setting.Downsample {
		return models.Keep, nil
	}
	const name = "param/conv_downsample.weight"
	weight, found := c.arrays[name]
	if !found {
		return models.Keep, fmt.Errorf("it has no array %q, and its block goes down", name)
	}
	if dims := weight.Shape().Dimensions; len(dims) > 0 && dims[0] == c.setting.Filters {
		return models.Down, nil
	}
	return models.DownWide, nil
}

// compare notes how far ours is from the file's array: allowed is a share of its largest entry, or floor if that is more.
func (c *check) compare(name string, ours *tensors.Tensor, tolerance, floor float64) {
	q := Quantity{Name: name, Error: math.NaN(), Relative: math.NaN(), Allowed: floor}
	defer func() { c.quantities = append(c.quantities, q) }()
	want, err := c.flat(name)
	if err != nil {
		q.Problem = err.Error()
		return
	}
	if !slices.Equal(ours.Shape().Dimensions, c.arrays[name].Shape().Dimensions) {
		q.Problem = fmt.Sprintf("ours has the shape %v, the file's %v", ours.Shape().Dimensions, c.arrays[name].Shape().Dimensions)
		return
	}
	got, err := float64s(ours)
	if err != nil {
		q.Problem = err.Error()
		return
	}
	q.Allowed = max(tolerance*largest(want), floor)
	errors := make([]float64, len(want))
	for i := range want {
		errors[i] = got[i] - want[i]
	}
	q.Error = largest(errors)
	q.Relative = q.Error
	if q.Error > 0 {
		q.Relative *= tolerance / q.Allowed
	}
}
