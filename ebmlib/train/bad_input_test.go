package train

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
	"ebm/ebmlib/models"
)

func TestDirectoryIsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	writeFile(t, "precious", path)
	_, err := Open(path, tinyPoints())
	requireError(t, err, path, "is a file", "name a directory")
	_, err = Load(path)
	requireError(t, err, path)
	if got := string(readFile(t, path)); got != "precious" {
		t.Errorf("the file was changed to %q", got)
	}
}

func TestDirectoryCantBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, "", file)
	path := filepath.Join(file, "run")
	_, err := Open(path, tinyPoints())
	requireError(t, err, path, "can't be made")
}

func TestDirectoryCantBeWritten(t *testing.T) {
	const path = "/proc/self/fd" // Nobody can make files here, not even root.
	if _, err := os.Stat(path); err != nil {
		t.Skipf("no directory that nobody can write to: %v", err)
	}
	_, err := Open(path, tinyPoints())
	requireError(t, err, path, "can't be written to", "permissions")
}

func TestLoadWithoutARun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nowhere")
	_, err := Load(dir)
	requireError(t, err, dir, "no run", "config.json")
	requireMissing(t, dir)
}

func TestDamagedConfiguration(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "cut": `{"chain": {"step_`, "kind": `{"batch": "eight"}`} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			trained(t, dir, tinyPoints(), eightGaussians(), 1)
			path := filepath.Join(dir, "config.json")
			writeFile(t, text, path)
			before := contents(t, dir)
			_, err := Open(dir, tinyPoints())
			requireError(t, err, path, "can't be read", "restore it", "another directory")
			_, err = Load(dir)
			requireError(t, err, path, "can't be read", "restore it")
			requireContents(t, dir, before)
		})
	}
}

func TestDamagedCheckpoint(t *testing.T) {
	config, set := tinyPoints(), eightGaussians()
	cut := func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.Truncate(path, info.Size()/2)
	}
	with := func(text string) func(string) error {
		return func(path string) error { return os.WriteFile(path, []byte(text), 0o666) }
	}
	for _, test := range []struct {
		name, file string
		damage     func(path string) error
	}{
		{"values missing", "*.bin", os.Remove},
		{"values empty", "*.bin", with("")},
		{"values cut", "*.bin", cut},
		{"values garbage", "*.bin", with("no weights at all")},
		{"names missing", "*.json", os.Remove},
		{"names empty", "*.json", with("")},
		{"names cut", "*.json", cut},
		{"names garbage", "*.json", with("no names at all")},
		{"names none", "*.json", with("{}")},
		{"names null", "*.json", with("null")},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			run := trained(t, dir, config, set, 1)
			mustTrain(t, run, set, 2)
			newest := filepath.Join(dir, checkpointsFolder, "step-000000002")
			files, err := filepath.Glob(filepath.Join(newest, test.file))
			if err != nil || len(files) != 1 {
				t.Fatalf("%s in %s: %v %v", test.file, newest, files, err)
			}
			if err := test.damage(files[0]); err != nil {
				t.Fatal(err)
			}
			before := contents(t, dir)

			// It is named, and the one before it used.
			var again *Run
			said := stderrOf(t, func() { again = mustOpen(t, dir, config) })
			if !strings.Contains(said, newest) || !strings.Contains(said, "can't be read") || !strings.Contains(said, "step 1") {
				t.Errorf("standard error says %q", said)
			}
			if again.Step() != 1 {
				t.Fatalf("opened at step %d, want 1", again.Step())
			}
			requireContents(t, dir, before)

			mustTrain(t, again, set, 2)
			requireSame(t, again, run)
			requireSame(t, mustOpen(t, dir, config), run)
		})
	}
}

func TestDamagedOnlyCheckpoint(t *testing.T) {
	dir, config := t.TempDir(), tinyPoints()
	run := trained(t, dir, config, eightGaussians(), 2)
	only := filepath.Join(dir, checkpointsFolder, "step-000000002")
	files, err := filepath.Glob(filepath.Join(only, "*.bin"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v %v", files, err)
	}
	writeFile(t, "", files[0])
	_, err = Open(dir, config)
	requireError(t, err, only, "none before it", "anew")
	if err := os.RemoveAll(filepath.Dir(only)); err != nil {
		t.Fatal(err)
	}
	requireSame(t, trained(t, dir, config, eightGaussians(), 2), run)
}

// What doesn't need the metrics goes on without them.
func TestDamagedMetrics(t *testing.T) {
	config, set := tinyPoints(), eightGaussians()
	for _, test := range []struct {
		name   string
		damage func(lines []string) []string
		line   string
	}{
		{"missing", func([]string) []string { return nil }, "line 1"},
		{"a line fewer", func(lines []string) []string { return lines[:2] }, "line 3"},
		{"garbage", func(lines []string) []string { return []string{lines[0], "garbage\n", lines[2]} }, "line 2"},
		{"cut within a line", func(lines []string) []string { return []string{lines[0], lines[1], lines[2][:9]} }, "line 3"},
		{"a line twice", func(lines []string) []string { return []string{lines[0], lines[0], lines[2]} }, "line 2"},
		{"a column missing", func(lines []string) []string { return []string{`{"step":1}` + "\n", lines[1], lines[2]} }, "line 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			trained(t, dir, config, set, 3)
			path := filepath.Join(dir, metricsFile)
			lines := strings.SplitAfter(string(readFile(t, path)), "\n")
			writeFile(t, strings.Join(test.damage(lines), ""), path)
			before := contents(t, dir)
			var run *Run
			said := stderrOf(t, func() { run = mustOpen(t, dir, config) })
			for _, word := range []string{path, test.line, "3 steps", "restore the file", "can be sampled"} {
				if strings.Count(said, word) != 1 {
					t.Errorf("standard error says %q, want %q once", said, word)
				}
			}
			requireError(t, run.Train(set, 4), path, test.line, "3 steps", "restore the file")
			weights, err := run.Weights()
			if err != nil {
				t.Fatal(err)
			}
			_, err = run.SetWeights(weights)
			requireError(t, err, path, test.line, "restore the file")
			if _, err := run.Sample(2, 1); err != nil {
				t.Error(err)
			}
			requireContents(t, dir, before)
		})
	}
}

func TestUnknownEngine(t *testing.T) {
	dir := t.TempDir()
	trained(t, dir, tinyPoints(), eightGaussians(), 1)
	before := contents(t, dir)
	t.Setenv(backends.Variable, "abacus")
	_, err := Open(dir, tinyPoints())
	requireError(t, err, `"abacus"`, backends.Variable, "onnx")
	requireContents(t, dir, before)
}

// A run that is given a set which doesn't fit stays as it was, and takes one that does.
func TestSetDoesNotFit(t *testing.T) {
	nan := eightGaussians()
	nan.Floats[7] = float32(math.NaN())
	deep := &data.Set{Name: "deep", Shape: []int{3}, Floats: make([]float32, 30)}
	for _, test := range []struct {
		name   string
		config Config
		right  *data.Set
		wrong  *data.Set
		isNew  []string // what the error says if the run is new,
		isOld  []string // and if it was trained on the right set
	}{
		{"NaN", tinyPoints(), eightGaussians(), nan, []string{"eight-gaussians", "example 3", "NaN"}, []string{"example 3", "NaN"}},
		{"empty", tinyPoints(), eightGaussians(), &data.Set{Name: "void", Shape: []int{2}},
			[]string{"void", "is empty"}, []string{"void", "is empty"}},
		{"three dimensions", tinyPoints(), eightGaussians(), deep, nil, []string{"shape [2]", `deep have [3]`, "another run directory"}},
		{"images into an MLP", tinyPoints(), eightGaussians(), pictures(),
			[]string{"pictures", "models.MLP", "[2, 1, 8, 8]", "[batch, in]"}, []string{"[2]", "[1 8 8]"}},
		{"points into a ConvNet", tinyImages(), pictures(), eightGaussians(),
			[]string{"eight-gaussians", "models.ConvNet", "[2, 2]"}, []string{"[1 8 8]", "[2]"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.isNew != nil {
				dir := t.TempDir()
				run := mustOpen(t, dir, test.config)
				before := contents(t, dir)
				requireError(t, run.Train(test.wrong, 2), test.isNew...)
				requireContents(t, dir, before)
				mustTrain(t, run, test.right, 2)
			}
			dir := t.TempDir()
			run := trained(t, dir, test.config, test.right, 1)
			before := contents(t, dir)
			requireError(t, run.Train(test.wrong, 2), test.isOld...)
			requireContents(t, dir, before)
			mustTrain(t, run, test.right, 2)
		})
	}
}

// custom is a model whose energy is the function's, which is not recorded.
type custom struct {
	Function func(scope *model.Scope, x *Node) *Node `json:"-"`
}

func (c custom) Energy(scope *model.Scope, x, condition *Node) *Node { return c.Function(scope, x) }

func TestModelDoesNotFit(t *testing.T) {
	mlp := models.MLP{Hidden: []int{4}}
	for _, test := range []struct {
		name   string
		energy func(scope *model.Scope, x *Node) *Node
		words  []string
	}{
		{"panic with an error", func(*model.Scope, *Node) *Node { panic(errors.New("no such layer")) }, []string{"no such layer"}},
		{"panic with a text", func(*model.Scope, *Node) *Node { panic("no idea") }, []string{"no idea"}},
		{"no batch", func(scope *model.Scope, x *Node) *Node { return ReduceAllSum(mlp.Energy(scope, x, nil)) }, []string{"[batch, scales]"}},
		{"three axes", func(scope *model.Scope, x *Node) *Node { return InsertAxes(mlp.Energy(scope, x, nil), 0) }, []string{"[batch, scales]"}},
		{"sum over the batch", func(scope *model.Scope, x *Node) *Node {
			return Reshape(ReduceAllSum(mlp.Energy(scope, x, nil)), 1, 1)
		}, []string{"[batch, scales]"}},
		{"no weights", func(scope *model.Scope, x *Node) *Node { return x }, []string{"no weights"}},
		{"nothing", func(scope *model.Scope, x *Node) *Node { return nil }, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := tinyPoints()
			config.Model = custom{test.energy}
			dir := t.TempDir()
			run := mustOpen(t, dir, config)
			before := contents(t, dir)
			requireError(t, run.Train(eightGaussians(), 1), append(test.words, "train.custom")...)
			requireContents(t, dir, before)
		})
	}
}

func TestBatchLargerThanTheSet(t *testing.T) {
	config := tinyPoints()
	config.Batch = 25
	run := trained(t, t.TempDir(), config, data.Points(data.EightGaussians(), 10, 1), 2)
	if energies := run.Metrics()["energy_data"]; len(energies) != 2 {
		t.Errorf("energies %v, want those of 2 steps", energies)
	}
}

func TestLabelsDontMatter(t *testing.T) {
	set := pictures()
	plain := trained(t, t.TempDir(), tinyImages(), set, 2)
	set.Labels = make([]int32, set.Len())
	requireSame(t, trained(t, t.TempDir(), tinyImages(), set, 2), plain)
}

// Of many images that are brought to the engine bit by bit, the last may be the wrong one.
func TestALabelThatTheEnergyDoesNotHaveIsRefusedAtOnce(t *testing.T) {
	set := colourPictures()
	set.Classes = append(set.Classes, "d")
	set.Labels[29] = 3
	run := mustOpen(t, t.TempDir(), tinyMethod())
	requireError(t, run.Train(set, 1), "example 29 has the label 3", "Classes is 3")
	if run.Step() != 0 {
		t.Errorf("it made %d steps", run.Step())
	}
}
