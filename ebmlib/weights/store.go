package weights

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// variables are the weights below a scope, by the reference's names: the variables of float32 and float64. What has another type,
// such as a random state, is no weight.
func variables(scope *model.Scope) (map[string]*model.Variable, error) {
	found := make(map[string]*model.Variable)
	for variable := range scope.IterVariables() {
		if dtype := variable.DType(); dtype != dtypes.Float32 && dtype != dtypes.Float64 {
			continue
		}
		name := Name(scope, variable)
		if other := found[name]; other != nil {
			return nil, fmt.Errorf("variables %s and %s both have the name %s of weights: rename one", other.Path(), variable.Path(), name)
		}
		found[name] = variable
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("there are no weights below the scope %s: run a graph with the network first, which makes them", scope.Scope())
	}
	return found, nil
}

// Name is the reference's name of a variable below the scope: /energy/res1/conv1/weight is res1.conv1.weight below /energy.
func Name(scope *model.Scope, variable *model.Variable) string {
	below := strings.TrimPrefix(strings.TrimPrefix(variable.Path(), scope.Scope()), "/")
	return strings.ReplaceAll(below, "/", ".")
}

// Export copies all weights below the scope, by the reference's names, in the type that they have.
//
// It is an error if there are none, or if one has no value because no graph with it ran yet.
func Export(scope *model.Scope) (Tensors, error) {
	from, err := variables(scope)
	if err != nil {
		return nil, err
	}
	t := make(Tensors, len(from))
	for name, variable := range from {
		value, err := variable.Value()
		if err != nil {
			return nil, fmt.Errorf("weight %s can't be exported: %w; run a graph with the network first", name, err)
		}
		if t[name], err = value.LocalClone(); err != nil {
			return nil, fmt.Errorf("weight %s can't be exported: %w", name, err)
		}
	}
	return t, nil
}

// Import sets all weights below the scope to copies of the tensors of their names, in the type that the weights have.
//
// Tensors without a weight are accepted and reported as extra: a state dict of the reference has parameters that no energy uses. A
// weight without a tensor, or with one of another shape, is an error whose message is the report; so is, by itself, a tensor with a value that is
// not finite. Nothing is changed then.
func Import(scope *model.Scope, from Tensors) (Report, error) {
	var report Report
	to, err := variables(scope)
	if err != nil {
		return report, err
	}
	for name := range from {
		if to[name] == nil {
			report.Extra = append(report.Extra, name)
		}
	}
	values := make(map[string]*tensors.Tensor)
	for name, variable := range to {
		tensor, found := from[name]
		if !found {
			report.Missing = append(report.Missing, name)
			continue
		}
		if have, want := tensor.Shape().Dimensions, variable.Shape().Dimensions; !slices.Equal(have, want) {
			report.Mismatched = append(report.Mismatched, Mismatch{name, have, want})
			continue
		}
		if values[name], err = convert(tensor, variable.DType()); err == nil {
			err = checkFinite(values[name])
		}
		if err != nil {
			return Report{}, fmt.Errorf("tensor %q can't be imported: %w", name, err)
		}
	}
	report.sort()
	if len(report.Missing)+len(report.Mismatched) > 0 {
		return report, misfit{report}
	}
	names := slices.Sorted(maps.Keys(values))
	for _, name := range names {
		if err := to[name].SetValue(values[name]); err != nil {
			return Report{}, fmt.Errorf("weight %s can't be set: %w", name, err)
		}
	}
	report.Loaded = names
	return report, nil
}

// convert copies a tensor into float32 or float64.
func convert(t *tensors.Tensor, dtype dtypes.DType) (*tensors.Tensor, error) {
	if t.DType() == dtype {
		return t.LocalClone()
	}
	values, err := float32s(t) // Of float64 only where float32 is wanted.
	if err != nil {
		return nil, err
	}
	if dtype == dtypes.Float32 {
		return tensors.FromFlatDataAndDimensions(values, t.Shape().Dimensions...), nil
	}
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return tensors.FromFlatDataAndDimensions(wide, t.Shape().Dimensions...), nil
}

// checkFinite refuses values of float32 or float64 with which no energy is finite.
func checkFinite(t *tensors.Tensor) error {
	if t.DType() == dtypes.Float64 {
		return finite(tensors.CopyFlatData[float64](t))
	}
	return finite(tensors.CopyFlatData[float32](t))
}

func finite[T float32 | float64](values []T, err error) error {
	if err != nil {
		return err
	}
	for i, value := range values {
		if math.IsNaN(float64(value)) || math.IsInf(float64(value), 0) {
			return fmt.Errorf("its value %d is %g: take the weights of a training that was sound", i, value)
		}
	}
	return nil
}
