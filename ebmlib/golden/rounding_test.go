package golden

import (
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/weights"
)

// What float32 makes of a network differs from what float64 makes of it by far less than is allowed: what fails on another engine is then
// more than rounding.
func TestRoundingIsFarBelowWhatIsAllowed(t *testing.T) {
	engine := backendtest.Go(t)
	setting := Setting{
		Model: "cifar10", Filters: 4, Scales: 3, Attention: true, ImageSize: 32, Channels: 3, Norm: "instance_or_group",
		Steps: 2, StepSize: 100, Noise: 0.001, Clamp: true, KLSteps: 1, KLWeight: 1, Entropy: 0.3, L2: 1,
	}
	path := filepath.Join(t.TempDir(), "written.npz")
	if err := Write(engine, path, setting, 2, 1); err != nil {
		t.Fatal(err)
	}
	arrays, err := weights.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	wide := &check{setting: setting, arrays: make(weights.Tensors), store: model.NewStore()}
	for name, array := range arrays {
		values, err := float64s(array)
		if err != nil {
			t.Fatal(err)
		}
		wide.arrays[name] = tensors.FromFlatDataAndDimensions(values, array.Shape().Dimensions...)
	}
	network, err := setting.Network()
	if err != nil {
		t.Fatal(err)
	}
	inputs, err := wide.inputs(inputNames...)
	if err != nil {
		t.Fatal(err)
	}
	if err := wide.declare(engine, inputs, energyOf(network)); err != nil {
		t.Fatal(err)
	}
	if err := wide.importParameters(); err != nil {
		t.Fatal(err)
	}
	computed, err := wide.compute(engine, network, inputs, setting.KLSteps)
	if err != nil {
		t.Fatal(err)
	}
	narrow := &check{arrays: arrays}
	for name, array := range computed {
		var values []float32
		for _, value := range tensors.MustCopyFlatData[float64](array) {
			values = append(values, float32(value))
		}
		computed[name] = tensors.FromFlatDataAndDimensions(values, array.Shape().Dimensions...)
	}
	if err := narrow.compareTraining(computed); err != nil {
		t.Fatal(err)
	}
	for _, q := range narrow.quantities {
		if q.Problem != "" || !(q.Error <= q.Allowed/3) {
			t.Errorf("%s is off by %.2g of %.2g allowed %s", q.Name, q.Error, q.Allowed, q.Problem)
		}
	}
}
