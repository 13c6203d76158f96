package golden_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/golden"
	"ebm/ebmlib/weights"
)

// with is a setting of a network whose chain and terms are those of all here.
func with(network golden.Setting) golden.Setting {
	network.Steps, network.StepSize, network.Noise, network.Clamp = 2, 10, 0.01, true
	if network.KLSteps == 0 {
		network.KLSteps = 1
	}
	network.KLWeight, network.Entropy, network.L2 = 1, 0.3, 0.5
	return network
}

// points is the setting of an MLP for points, whose chain has no bounds.
func points() golden.Setting {
	setting := with(golden.Setting{Model: "mlp", Hidden: []int{6, 5}, Channels: 2, Norm: "instance_or_group"})
	setting.StepSize, setting.Clamp = 0.1, false
	return setting
}

// changedPoints is that setting, changed.
func changedPoints(change func(s *golden.Setting)) golden.Setting {
	setting := points()
	change(&setting)
	return setting
}

func written(t *testing.T, setting golden.Setting, seed int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "written.npz")
	if err := golden.Write(backendtest.Go(t), path, setting, 3, seed); err != nil {
		t.Fatal(err)
	}
	return path
}

// What one engine wrote holds on all, for every network, with labels and without.
func TestWhatIsWrittenHolds(t *testing.T) {
	norm := "instance_or_group"
	settings := map[string]golden.Setting{
		"points":               points(),
		"levels":               with(golden.Setting{Model: "levels", Filters: 3, Channels: 2, ImageSize: 8, Norm: norm}),
		"convnet":              with(golden.Setting{Model: "convnet", Side: 4, Hidden: []int{3, 2}, Channels: 1, ImageSize: 8, Norm: norm}),
		"points with labels":   changedPoints(func(s *golden.Setting) { s.Conditions = 3 }),
		"points, all KL steps": changedPoints(func(s *golden.Setting) { s.KLSteps = -1 }),
	}
	paths := make(map[string]string)
	for name, setting := range settings {
		paths[name] = written(t, setting, 1)
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for name, path := range paths {
			t.Run(name, func(t *testing.T) {
				report, err := golden.Check(engine, path)
				if err != nil {
					t.Fatal(err)
				}
				if !report.Holds() || report.Note != "" {
					t.Errorf("%s", report)
				}
			})
		}
	})
}

// A gain that is 0 at first, such as that of attention, would hide what it multiplies.
func TestAttentionHasGradients(t *testing.T) {
	setting := with(golden.Setting{Model: "cifar10", Filters: 4, Scales: 1, Attention: true, Channels: 3, ImageSize: 16, Norm: "instance_or_group"})
	arrays, err := weights.Read(written(t, setting, 1))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"grad_total/self_attn.query_conv.weight", "grad_kl_energy/self_attn.key_conv.weight"} {
		if arrays[name] == nil {
			t.Fatalf("there is no %s", name)
		}
		if !contains(tensors.MustCopyFlatData[float32](arrays[name]), func(g float32) bool { return g != 0 }) {
			t.Errorf("%s is zero", name)
		}
	}
}

// A chain without bounds leaves [0, 1], and one with them doesn't.
func TestClamp(t *testing.T) {
	for _, setting := range []golden.Setting{points(), changedPoints(func(s *golden.Setting) { s.Clamp = true })} {
		arrays, err := weights.Read(written(t, setting, 1))
		if err != nil {
			t.Fatal(err)
		}
		left := contains(tensors.MustCopyFlatData[float32](arrays["x_neg"]), func(x float32) bool { return x < 0 || x > 1 })
		if left == setting.Clamp {
			t.Errorf("clamp is %v, and that a sample lies outside [0, 1] is %v", setting.Clamp, left)
		}
	}
}

func contains(values []float32, is func(float32) bool) bool {
	for _, value := range values {
		if is(value) {
			return true
		}
	}
	return false
}

// A setting of another clamp, or another weight, is seen.
func TestASpoiledSettingOfAWrittenFileIsSeen(t *testing.T) {
	for name, value := range map[string]any{"clamp": true, "entropy_weight": 0.9} {
		path := written(t, points(), 1)
		text, err := os.ReadFile(jsonOf(path))
		if err != nil {
			t.Fatal(err)
		}
		var setting settings
		if err := json.Unmarshal(text, &setting); err != nil {
			t.Fatal(err)
		}
		if setting[name] == nil || setting[name] == value {
			t.Fatalf("%s is %v in %s", name, setting[name], text)
		}
		setting[name] = value
		if text, err = json.Marshal(setting); err != nil {
			t.Fatal(err)
		}
		write(t, jsonOf(path), string(text))
		if check(t, path).Holds() {
			t.Errorf("it holds with %s as %v", name, value)
		}
	}
}

func TestTheSeedMakesTheFile(t *testing.T) {
	read := func(seed int64) []byte {
		t.Helper()
		content, err := os.ReadFile(written(t, points(), seed))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	first := read(1)
	if !bytes.Equal(first, read(1)) {
		t.Error("the same seed made another file")
	}
	if bytes.Equal(first, read(2)) {
		t.Error("another seed made the same file")
	}
}

func TestFilesThatCantBeWritten(t *testing.T) {
	for name, c := range map[string]struct {
		setting golden.Setting
		words   []string
	}{
		"unknown model":       {changedPoints(func(s *golden.Setting) { s.Model = "lenet" }), []string{`"lenet"`, `"levels"`}},
		"a block":             {changedPoints(func(s *golden.Setting) { s.Model = "residual_block" }), []string{`"residual_block"`}},
		"spectral norm":       {changedPoints(func(s *golden.Setting) { s.SpectralNorm = true }), []string{"spectral norm"}},
		"no KL steps":         {changedPoints(func(s *golden.Setting) { s.KLSteps = 0 }), []string{"KLSteps 0"}},
		"more KL steps":       {changedPoints(func(s *golden.Setting) { s.KLSteps = 3 }), []string{"KLSteps 3", "Steps is 2"}},
		"no chain":            {changedPoints(func(s *golden.Setting) { s.Steps = 0 }), []string{"Steps is 0"}},
		"no hidden layers":    {changedPoints(func(s *golden.Setting) { s.Hidden = nil }), []string{"Hidden is empty"}},
		"examples of no size": {changedPoints(func(s *golden.Setting) { s.Channels = 0 }), []string{"Channels 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "written.npz")
			err := golden.Write(backendtest.Go(t), path, c.setting, 3, 1)
			requireError(t, err, append(c.words, path)...)
		})
	}
	nowhere := filepath.Join(t.TempDir(), "nowhere", "written.npz")
	requireError(t, golden.Write(backendtest.Go(t), nowhere, points(), 3, 1), nowhere)
}
