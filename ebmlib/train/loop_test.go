package train

import (
	"math"
	"os"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
	"ebm/ebmlib/layers"
	"ebm/ebmlib/samplers"
)

// A loop on the device makes the very steps that are made one after the other, and leaves the weights as they are.
func TestLoopEqualsSteps(t *testing.T) {
	engine, err := backends.OpenNamed(xlaEngine(t))
	if err != nil {
		t.Fatal(err)
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

			program := &program{config: run.Config}
			want := call(func(scope *model.Scope, inputs []*Node) []*Node {
				energy, state := program.startOfChain(scope)(inputs)
				return run.Config.hold(energy, state, inputs[0]).Nodes()
			}, inputs...)
			before := variables(t, run)
			got := call(func(scope *model.Scope, inputs []*Node) []*Node {
				return run.Config.loop(energyWeights(scope), inputs, program.startOfChain(scope)).Nodes()
			}, inputs...)
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

// standardized is a small network with a weight that is prepared.
type standardized struct{}

func (standardized) Energy(scope *model.Scope, x, condition *Node) *Node {
	h := layers.Swish(layers.StandardizedConv(scope.At("conv"), x, 4, 3))
	return layers.Linear(scope.At("energy"), layers.MeanOverPositions(h), 1)
}

// A training step whose chain is a loop, with what its beginning has made of the weights, is the step that one graph makes.
func TestStepsInLoopsEqualTheWhole(t *testing.T) {
	t.Setenv(backends.Variable, xlaEngine(t))
	t.Setenv("XLA_FLAGS", os.Getenv("XLA_FLAGS")+" --xla_backend_optimization_level=0")
	config, set := tinyImages(), colourPictures()
	config.Model, config.Classes, config.Guard.MaxEnergy = standardized{}, 3, 1e6
	by := func(energyNodes int, loop bool) *Run {
		run := mustOpen(t, t.TempDir(), config)
		prepareProgram(t, run, set, energyNodes, loop)
		mustTrain(t, run, set, 2)
		return run
	}
	looped := by(wholeNodes, true)
	if len(looped.program.prepared) == 0 {
		t.Error("the loop took nothing of the weights that was made before it")
	}
	requireClose(t, looped, by(0, false))
}

// Chains after training are the same in loops, of whatever the energy sees of them, as step by step.
func TestSamplesInLoops(t *testing.T) {
	t.Setenv(backends.Variable, xlaEngine(t))
	images := tinyImages()
	images.Model, images.Classes = standardized{}, 3
	hmc := tinyPoints()
	hmc.Chain = samplers.HMC{StepSize: 0.3, Leapfrog: 1, Velocity: 0.5}
	for name, test := range map[string]struct {
		config Config
		set    *data.Set
	}{"images": {images, colourPictures()}, "HMC": {hmc, eightGaussians()}} {
		t.Run(name, func(t *testing.T) {
			run := trained(t, t.TempDir(), test.config, test.set, 1)
			ends := func(loop bool, free ...int) []float32 {
				b, err := run.alone(nil).inTurn(3).bind(3)
				if err != nil {
					t.Fatal(err)
				}
				b.loop = loop
				size := 3 * volume(run.example)
				values := make([]float32, size)
				for i := range values {
					values[i] = float32(i) / float32(size)
				}
				if err := b.fill(values, free, Noise, stepsPerCall+3); err != nil {
					t.Fatal(err)
				}
				return values
			}
			for _, free := range [][]int{{1}, {0, 1}} {
				want := ends(false, free...)
				for i, end := range ends(true, free...) {
					if math.Abs(float64(end-want[i])) > 1e-4 {
						t.Errorf("%d free: value %d is %g after loops, and %g after the steps one by one", len(free), i, end, want[i])
					}
				}
			}
		})
	}
}

// xlaEngine is the name of an XLA engine that is here. A test that needs one is skipped where there is none.
func xlaEngine(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"xla", "xla:cpu"} {
		if _, err := backends.OpenNamed(name); err == nil {
			return name
		}
	}
	t.Skip("there is no XLA here: `kernels/setup-xla` installs that for the CPU")
	return ""
}
