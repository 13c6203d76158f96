package golden_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/golden"
	"ebm/ebmlib/weights"
)

// everything is the variable whose value "all" has every file checked on every engine.
const everything = "EBM_GOLDEN"

func TestTheReferencesNumbersHold(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.npz"))
	if err != nil || len(files) != 6 {
		t.Fatalf("files %q (%v), want six", files, err)
	}
	small := []string{"mnist_uncond.npz", "cifar_specnorm.npz", "resblock_groupnorm.npz"}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, file := range files {
			t.Run(filepath.Base(file), func(t *testing.T) {
				if engine.Kind != "go" && !slices.Contains(small, filepath.Base(file)) && os.Getenv(everything) != "all" {
					t.Skipf("preparing this network's graph takes this engine about a minute: set %s=all to have it done", everything)
				}
				report, err := golden.Check(engine, file)
				if err != nil {
					t.Fatal(err)
				}
				if !report.Holds() || report.Engine != engine.Kind {
					t.Errorf("%s", report.Summary())
				}
			})
		}
	})
}

// settings are what a .json has.
type settings = map[string]any

// changed is a copy of a golden file with changes.
func changed(t *testing.T, file string, change func(arrays weights.Tensors, setting settings)) string {
	t.Helper()
	source, path := filepath.Join("testdata", file), filepath.Join(t.TempDir(), file)
	arrays, err := weights.Read(source)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(jsonOf(source))
	if err != nil {
		t.Fatal(err)
	}
	var setting settings
	if err := json.Unmarshal(text, &setting); err != nil {
		t.Fatal(err)
	}
	change(arrays, setting)
	if err := weights.Write(path, arrays); err != nil {
		t.Fatal(err)
	}
	if text, err = json.Marshal(setting); err != nil {
		t.Fatal(err)
	}
	write(t, jsonOf(path), string(text))
	return path
}

func jsonOf(path string) string { return strings.TrimSuffix(path, ".npz") + ".json" }

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// zeros has a value at its first place, and zeros else.
func zeros(first float32, dims ...int) *tensors.Tensor {
	size := 1
	for _, dim := range dims {
		size *= dim
	}
	values := make([]float32, size)
	values[0] = first
	return tensors.FromFlatDataAndDimensions(values, dims...)
}

// check checks a file on the pure Go engine.
func check(t *testing.T, path string) golden.Report {
	t.Helper()
	report, err := golden.Check(backendtest.Go(t), path)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// failing are the names of a report's quantities that don't hold, with what else is wrong with them.
func failing(report golden.Report) map[string]string {
	found := make(map[string]string)
	for _, q := range report.Quantities {
		if !q.Holds() {
			found[q.Name] = q.Problem
		}
	}
	return found
}

func TestASpoiledWeightIsSeenInWhatItMakes(t *testing.T) {
	report := check(t, changed(t, "mnist_uncond.npz", func(arrays weights.Tensors, _ settings) {
		weight := tensors.MustCopyFlatData[float32](arrays["param/res2.conv1.weight"])
		weight[0] += 0.1
		arrays["param/res2.conv1.weight"] = tensors.FromFlatDataAndDimensions(weight, arrays["param/res2.conv1.weight"].Shape().Dimensions...)
	}))
	if report.Holds() {
		t.Error("it holds")
	}
	found := failing(report)
	for _, name := range []string{"energy_pos_each_scale", "grad_x_pos", "grad_total/res2.conv1.weight", "grad_kl_energy/res2.conv1.weight"} {
		if _, fails := found[name]; !fails {
			t.Errorf("%s holds", name)
		}
	}
}

// What only the objective has a part in leaves the energies as they are.
func TestASpoiledSettingIsSeenWhereItCounts(t *testing.T) {
	for name, c := range map[string]struct {
		change       func(arrays weights.Tensors, setting settings)
		fails, holds []string
	}{
		"weight of the KL term": {
			func(_ weights.Tensors, setting settings) { setting["kl_weight"] = 2 },
			[]string{"loss_total", "grad_total/conv1.weight"}, []string{"x_neg", "loss_kl_energy", "grad_kl_energy/conv1.weight"},
		},
		"step size": {
			func(_ weights.Tensors, setting settings) { setting["step_size"] = 10 },
			[]string{"x_neg", "loss_cd", "grad_kl_energy/conv1.weight"}, []string{"energy_pos_each_scale", "grad_x_pos"},
		},
		"reference of the entropy": {
			func(arrays weights.Tensors, _ settings) { arrays["entropy_reference"] = arrays["x_init"] },
			[]string{"loss_repel", "grad_kl_entropy/conv1.weight"}, []string{"x_neg", "loss_cd", "loss_kl_energy"},
		},
		"loss": {
			func(arrays weights.Tensors, _ settings) { arrays["loss_cd"] = tensors.FromScalar(float32(0.5)) },
			[]string{"loss_cd"}, []string{"loss_total", "loss_l2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			report := check(t, changed(t, "mnist_uncond.npz", c.change))
			found := failing(report)
			for _, quantity := range c.fails {
				if _, fails := found[quantity]; !fails {
					t.Errorf("%s holds", quantity)
				}
			}
			for _, quantity := range c.holds {
				if _, fails := found[quantity]; fails {
					t.Errorf("%s fails", quantity)
				}
			}
		})
	}
}

// A file may have gradients of parameters that have no part in the energy: zero, or there is something wrong.
func TestGradientsOfUnusedParameters(t *testing.T) {
	path := changed(t, "mnist_uncond.npz", func(arrays weights.Tensors, _ settings) {
		arrays["param/idle.weight"] = zeros(1, 2, 3)
		arrays["grad_total/idle.weight"], arrays["grad_kl_energy/idle.weight"] = zeros(0, 2, 3), zeros(0.5, 2, 3)
	})
	report := check(t, path)
	if found := failing(report); len(found) != 1 || found["grad_kl_energy/idle.weight"] != "" {
		t.Errorf("these fail: %q", found)
	}
	if !slices.Contains(report.Unused, "idle.weight") || slices.Contains(report.Unused, "conv1.weight") {
		t.Errorf("unused: %q", report.Unused)
	}
}

// What the file lacks, or has in another shape, is a quantity that fails and says why.
func TestAbsentNumbersFail(t *testing.T) {
	report := check(t, changed(t, "mnist_uncond.npz", func(arrays weights.Tensors, _ settings) {
		delete(arrays, "loss_l2")
		delete(arrays, "grad_total/conv1.weight")
		arrays["grad_x_pos"] = zeros(0, 3)
	}))
	found := failing(report)
	if names := slices.Sorted(maps.Keys(found)); !slices.Equal(names, []string{"grad_total/conv1.weight", "grad_x_pos", "loss_l2"}) {
		t.Fatalf("these fail: %q", names)
	}
	for name, problem := range map[string]string{
		"loss_l2": `no array "loss_l2"`, "grad_total/conv1.weight": `no array "grad_total/conv1.weight"`, "grad_x_pos": "the file's [3]",
	} {
		if !strings.Contains(found[name], problem) {
			t.Errorf("%s: %q doesn't say %q", name, found[name], problem)
		}
	}
}

func TestFilesThatCantBeChecked(t *testing.T) {
	remove := func(names ...string) func(weights.Tensors, settings) {
		return func(arrays weights.Tensors, _ settings) {
			for _, name := range names {
				delete(arrays, name)
			}
		}
	}
	put := func(name string, array *tensors.Tensor) func(weights.Tensors, settings) {
		return func(arrays weights.Tensors, _ settings) { arrays[name] = array }
	}
	set := func(name string, value any) func(weights.Tensors, settings) {
		return func(_ weights.Tensors, setting settings) { setting[name] = value }
	}
	for name, c := range map[string]struct {
		file   string
		change func(arrays weights.Tensors, setting settings)
		words  []string
	}{
		"no data":              {"mnist_uncond.npz", remove("x_pos"), []string{`no array "x_pos"`}},
		"no noise":             {"mnist_uncond.npz", remove("langevin_noise"), []string{`no array "langevin_noise"`}},
		"no energies":          {"mnist_uncond.npz", remove("energy_pos_each_scale"), []string{`no array "energy_pos_each_scale"`}},
		"no labels":            {"mnist_uncond.npz", set("conditions", 10), []string{`no array "label"`}},
		"no input of a block":  {"resblock_groupnorm.npz", remove("x"), []string{`no array "x"`}},
		"no labels of a block": {"resblock_groupnorm.npz", remove("label"), []string{`no array "label"`}},
		"no way down":          {"resblock_groupnorm.npz", set("downsample", true), []string{`no array "param/conv_downsample.weight"`}},
		"a parameter missing":  {"mnist_uncond.npz", remove("param/res2.conv1.bias"), []string{"missing: res2.conv1.bias"}},
		"all parameters missing": {"resblock_groupnorm.npz", remove("param/conv1.weight", "param/conv2.weight"),
			[]string{"missing: conv1.weight", "missing: conv2.weight"}},
		"a parameter's shape": {"mnist_uncond.npz", put("param/conv1.bias", zeros(0, 7)), []string{"conv1.bias is [7], the network's is [6]"}},
		"another width":       {"mnist_uncond.npz", set("filters", 8), []string{"conv1.weight is [6 1 3 3], the network's is [8 1 3 3]"}},
		"no width":            {"mnist_uncond.npz", set("filters", 0), []string{"Filters is 0"}},
		"shape of the data":   {"mnist_uncond.npz", put("x_pos", zeros(0, 2, 5)), []string{"[2, 5]"}},
		"shape of the noise":  {"mnist_uncond.npz", put("langevin_noise", tensors.FromScalar(float32(1))), nil},
		"shape of the way down": {"resblock_groupnorm.npz", func(arrays weights.Tensors, setting settings) {
			setting["downsample"], arrays["param/conv_downsample.weight"] = true, tensors.FromScalar(float32(1))
		}, []string{"conv_downsample.weight"}},
		"unknown model":            {"mnist_uncond.npz", set("model", "lenet"), []string{`"lenet"`, `"mnist"`, `"residual_block"`}},
		"unknown norm":             {"mnist_uncond.npz", set("norm", "batch"), []string{`"batch"`, "instance_or_group"}},
		"KL steps of another word": {"mnist_uncond.npz", set("kl_steps", "some"), []string{"kl_steps", `"some"`, `"last"`, `"all"`}},
		"no KL steps":              {"mnist_uncond.npz", set("kl_steps", 0), []string{"kl_steps is 0", "from 1"}},
		"part of a KL step":        {"mnist_uncond.npz", set("kl_steps", 1.5), []string{"kl_steps is 1.5"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := changed(t, c.file, c.change)
			_, err := golden.Check(backendtest.Go(t), path)
			requireError(t, err, append(c.words, strings.TrimSuffix(path, ".npz"))...)
		})
	}
}

func TestFilesThatCantBeRead(t *testing.T) {
	keep := func(weights.Tensors, settings) {}
	for name, c := range map[string]struct {
		damage func(path string) error
		words  []string
	}{
		"no setting":  {func(path string) error { return os.Remove(jsonOf(path)) }, []string{".json", "no such file"}},
		"cut setting": {func(path string) error { return os.WriteFile(jsonOf(path), []byte(`{"model": "mn`), 0o666) }, []string{".json"}},
		"setting of words": {func(path string) error { return os.WriteFile(jsonOf(path), []byte(`{"filters": "six"}`), 0o666) },
			[]string{".json", "filters"}},
		"no arrays":  {os.Remove, []string{".npz", "no such file"}},
		"cut arrays": {func(path string) error { return os.Truncate(path, 1000) }, []string{".npz"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := changed(t, "resblock_groupnorm.npz", keep)
			if err := c.damage(path); err != nil {
				t.Fatal(err)
			}
			_, err := golden.Check(backendtest.Go(t), path)
			requireError(t, err, append(c.words, strings.TrimSuffix(path, ".npz"))...)
		})
	}
}

// What a setting asks for is held against the file's arrays before memory is set aside for it.
func TestSettingThatAsksForMuch(t *testing.T) {
	for name, c := range map[string]struct {
		value any
		words []string
	}{
		"filters": {10_000_000, []string{".npz", "shape:", "10000000"}},
		"scales":  {1_000_000, []string{".json", "scales is 1000000"}},
		"hidden":  {make([]int, 1000), []string{".json", "hidden has 1000 entries"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := changed(t, "mnist_uncond.npz", func(_ weights.Tensors, setting settings) { setting[name] = c.value })
			_, err := golden.Check(backendtest.Go(t), path)
			requireError(t, err, append(c.words, strings.TrimSuffix(path, ".npz"))...)
		})
	}
}

// The number of steps that the KL term is differentiated through may be a word or a number. With "all" the gradients may also be those
// through the last step alone, which the reference's are; the report says so.
func TestKLSteps(t *testing.T) {
	for _, c := range []struct {
		value any
		holds bool
		note  string
	}{
		{"last", true, ""},
		{1, true, ""},
		{2, false, ""},
		{5, false, ""},
		{"all", true, "through the last step alone"},
	} {
		report := check(t, changed(t, "mnist_uncond.npz", func(_ weights.Tensors, setting settings) { setting["kl_steps"] = c.value }))
		found := failing(report)
		if _, fails := found["grad_kl_energy/conv1.weight"]; report.Holds() != c.holds || fails == c.holds {
			t.Errorf("through the steps %v: holds is %v, want %v; these fail: %q", c.value, report.Holds(), c.holds, slices.Sorted(maps.Keys(found)))
		}
		if _, fails := found["x_neg"]; fails {
			t.Errorf("through the steps %v: the chain ends elsewhere", c.value)
		}
		if (c.note == "") != (report.Note == "") || !strings.Contains(report.String(), c.note) {
			t.Errorf("through the steps %v: the note is %q, want one of %q", c.value, report.Note, c.note)
		}
	}
}

// Gradients that are neither those through all steps nor those through the last fail, each quantity once, and there is no note.
func TestKLStepsOfNeitherKind(t *testing.T) {
	report := check(t, changed(t, "mnist_uncond.npz", func(arrays weights.Tensors, setting settings) {
		setting["kl_steps"] = "all"
		arrays["grad_kl_energy/conv1.bias"] = zeros(3, 6)
	}))
	if _, fails := failing(report)["grad_kl_energy/conv1.bias"]; !fails || report.Note != "" {
		t.Errorf("fails is %v, the note is %q", fails, report.Note)
	}
	names := make(map[string]bool)
	for _, q := range report.Quantities {
		if names[q.Name] {
			t.Errorf("%s is there twice", q.Name)
		}
		names[q.Name] = true
	}
}

func requireError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one that says %q", words)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q doesn't say %q", err, word)
		}
	}
}
