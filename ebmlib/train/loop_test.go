package train

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
	"ebm/ebmlib/samplers"
)

// A loop on the device makes the very steps that are made one after the other, and leaves the weights as they are.
func TestLoopEqualsSteps(t *testing.T) {
	engine, err := backends.OpenNamed("xla")
	if err != nil {
		engine, err = backends.OpenNamed("xla:cpu")
	}
	if err != nil {
		t.Skip(err)
	}
	hmc := tinyPoints()
	hmc.Chain = samplers.HMC{StepSize: 0.3, Leapfrog: 1, Velocity: 0.5} // Its velocity goes around too.
	for name, test := range map[string]struct {
		config Config
		set    *data.Set
		state  func(random *Node) samplers.State
	}{
		"the whole method": {tinyMethod(), colourPictures(), func(random *Node) samplers.State {
			random, x := RandomUniform(random, shapes.Make(dtypes.Float32, 3, 3, 8, 8))
			return samplers.Init(x, random)
		}},
		"HMC": {hmc, eightGaussians(), func(random *Node) samplers.State {
			random, x := RandomNormal(random, shapes.Make(dtypes.Float32, 3, 2))
			state := samplers.Init(x, random)
			state.Velocity = Sin(x)
			return state
		}},
	} {
		t.Run(name, func(t *testing.T) {
			run := &Run{Config: test.config, engine: engine}
			if run.store, err = run.variables(test.set.Info()); err != nil {
				t.Fatal(err)
			}
			random, err := RNGStateFromSeed(7)
			if err != nil {
				t.Fatal(err)
			}
			call := func(build func(scope *model.Scope, inputs []*Node) []*Node, inputs ...any) []*tensors.Tensor {
				exec, err := model.NewExec(engine.Backend, run.store, build)
				if err != nil {
					t.Fatal(err)
				}
				outputs, err := exec.Call(inputs...)
				if err != nil {
					t.Fatal(err)
				}
				return outputs
			}
			inputs := []any{noiseFactors(0, 6, 6)}
			if test.config.Classes > 0 {
				inputs = append(inputs, []int32{0, 2, 1})
			}
			inputs = append(inputs, asInputs(call(func(_ *model.Scope, random []*Node) []*Node {
				return test.state(random[0]).Nodes()
			}, random))...)

			want := call(func(scope *model.Scope, inputs []*Node) []*Node {
				noise, labels, state := run.Config.split(inputs)
				return run.Config.hold(run.Config.energyAt(scope, run.Config.condition(labels)), samplers.StateOf(state), noise).Nodes()
			}, inputs...)
			before := variables(t, run)
			got := call(run.Config.loop, inputs...)
			ends := tensors.MustCopyFlatData[float32](got[0])
			for i, end := range tensors.MustCopyFlatData[float32](want[0]) {
				if math.Abs(float64(ends[i]-end)) > 1e-4 {
					t.Errorf("value %d of the samples is %g after a loop, and %g after the steps one by one", i, ends[i], end)
				}
			}
			if !got[1].Equal(want[1]) {
				t.Errorf("the random state is %s after a loop, and %s after the steps one by one", got[1], want[1])
			}
			for name, value := range variables(t, run) {
				if !value.Equal(before[name]) {
					t.Errorf("the loop changed the variable %s", name)
				}
			}
		})
	}
}
