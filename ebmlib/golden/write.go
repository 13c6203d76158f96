package golden

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/weights"
)

// references is how many samples the entropy is measured against in a file that Write makes, as in the reference's files.
const references = 16

// Write makes a golden file, path, an .npz, with the setting as a .json beside it: weights, a batch of inputs and the chain's noise drawn
// from the seed, and what the engine computes of them. The same seed on the same engine makes the same file.
//
// Errors: the setting is of a single block, of spectral norm (whose vectors come of training), or makes no network; the files can't be
// written.
func Write(engine *backends.Engine, path string, setting Setting, batch int, seed int64) error {
	if err := write(engine, path, setting, batch, seed); err != nil {
		return fmt.Errorf("golden file %s can't be made: %w", path, err)
	}
	return nil
}

func write(engine *backends.Engine, path string, setting Setting, batch int, seed int64) error {
	klSteps := int(setting.KLSteps)
	if setting.KLSteps == allSteps {
		klSteps = setting.Steps
	}
	if batch < 1 || setting.Steps < 1 || setting.Channels < 1 || klSteps < 1 || klSteps > setting.Steps {
		return fmt.Errorf("its batch is %d, Steps is %d, KLSteps %d and Channels %d: give at least 1 of each, and no more KLSteps than Steps",
			batch, setting.Steps, setting.KLSteps, setting.Channels)
	}
	if setting.SpectralNorm {
		return errors.New("its setting has spectral norm, whose vectors are made in training")
	}
	network, err := setting.Network()
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(uint64(seed), 1))
	c := &check{setting: setting, arrays: setting.draw(random, batch), store: model.NewStore()}
	c.store.SetParam(model.ParamInitialSeed, seed)
	inputs, err := c.inputs(inputNames...)
	if err != nil {
		return err
	}
	if err := c.makeParameters(engine, network, inputs); err != nil {
		return err
	}
	if err := disturb(random, c.parameters()); err != nil {
		return err
	}
	values, err := weights.Export(c.store.RootScope())
	if err != nil {
		return err
	}
	for name, value := range values {
		c.arrays["param/"+name] = value
	}
	computed, err := c.compute(engine, network, inputs, setting.KLSteps)
	if err != nil {
		return err
	}
	maps.Copy(c.arrays, computed)
	if err := weights.Write(path, c.arrays); err != nil {
		return err
	}
	text, err := json.MarshalIndent(setting, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(strings.TrimSuffix(path, filepath.Ext(path))+".json", append(text, '\n'), 0o666)
}

// draw makes the inputs: images uniform in [0, 1] or standard normal points, and standard normals for the chain.
func (s Setting) draw(random *rand.Rand, batch int) weights.Tensors {
	example := s.Example()
	array := func(value func() float64, dims ...int) *tensors.Tensor {
		size := 1
		for _, dim := range dims {
			size *= dim
		}
		values := make([]float32, size)
		for i := range values {
			values[i] = float32(value())
		}
		return tensors.FromFlatDataAndDimensions(values, dims...)
	}
	value := random.Float64
	if s.ImageSize == 0 {
		value = random.NormFloat64
	}
	drawn := weights.Tensors{
		"x_pos":             array(value, append([]int{batch}, example...)...),
		"x_init":            array(value, append([]int{batch}, example...)...),
		"entropy_reference": array(value, append([]int{references}, example...)...),
		"langevin_noise":    array(random.NormFloat64, append([]int{s.Steps, batch}, example...)...),
	}
	if s.Conditions > 0 {
		labels := make([]float32, batch*s.Conditions)
		for row := range batch {
			labels[row*s.Conditions+random.IntN(s.Conditions)] = 1
		}
		drawn["label"] = tensors.FromFlatDataAndDimensions(labels, batch, s.Conditions)
	}
	return drawn
}

// disturb adds normals of deviation 0.1 to the parameters that begin as zeros or ones, of which a gain of 0 would hide what it
// multiplies: gains and biases, whose rank is 1.
func disturb(random *rand.Rand, parameters []*model.Variable) error {
	for _, parameter := range parameters {
		if parameter.Shape().Rank() != 1 {
			continue
		}
		values, err := tensors.CopyFlatData[float32](parameter.MustValue())
		if err != nil {
			return err
		}
		for i := range values {
			values[i] += float32(0.1 * random.NormFloat64())
		}
		if err := parameter.SetValue(tensors.FromFlatDataAndDimensions(values, len(values))); err != nil {
			return err
		}
	}
	return nil
}
