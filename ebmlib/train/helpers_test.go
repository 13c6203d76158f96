package train

import (
	"bytes"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// TestMain lets the tests run on the engine that every machine has and that starts fastest; those of exactness take each.
func TestMain(m *testing.M) {
	os.Setenv(backends.Variable, "go")
	os.Exit(m.Run())
}

// tinyPoints is a configuration for points whose steps take no time, with a buffer that fills within a few of them.
func tinyPoints() Config {
	c := Points()
	c.Model = models.MLP{Hidden: []int{16}}
	c.Steps = 3
	c.Batch = 8
	c.Replay = samplers.Replay{Capacity: 20, Restart: 0.1}
	c.References = 5
	c.EntropyAfter = 10
	c.ClipNorm = 0.01 // Every gradient is clipped, so its norm is in every weight.
	c.Seed = 1
	return c
}

// tinyImages is the same for images of 8x8 pixels.
func tinyImages() Config {
	c := tinyPoints()
	c.Model = models.ConvNet{Side: 4, Filters: []int{4, 4}}
	c.Chain = samplers.Langevin{StepSize: 10, Noise: 0.005, Max: 1}
	c.Start = Range{0, 1}
	return c
}

// tinyMethod is a conditional energy, by spectral norm, trained with most that can be switched on.
func tinyMethod() Config {
	c := tinyImages()
	c.Model = models.MNIST{Filters: 2, Variant: models.Variant{Weights: models.SpectralWeights}}
	c.Classes = 3
	c.AnnealNoise = true
	c.Replay.FIFO = true
	c.Transitions = samplers.Transitions{samplers.RandomShift{Padding: 1}, samplers.HorizontalFlip{Probability: 0.5}}
	c.Augmentation = samplers.Transitions{samplers.Grey{Probability: 0.2}}
	c.KLSamples, c.Neighbours = 5, 2
	c.Adam.LearningRate, c.Guard.MaxEnergy = 1e-3, 1e6
	return c
}

// colourPictures are 30 images of 8x8 random colours, of three classes.
func colourPictures() *data.Set {
	random := rand.New(rand.NewPCG(3, 4))
	set := &data.Set{Name: "colour pictures", Shape: []int{3, 8, 8}, Classes: []string{"a", "b", "c"}}
	for i := range 30 {
		set.Labels = append(set.Labels, int32(i%3))
		for range 3 * 8 * 8 {
			set.Bytes = append(set.Bytes, uint8(random.IntN(256)))
		}
	}
	return set
}

// langevin changes the chain of a configuration.
func langevin(c *Config, change func(chain *samplers.Langevin)) {
	chain := c.Chain.(samplers.Langevin)
	change(&chain)
	c.Chain = chain
}

func eightGaussians() *data.Set { return data.Points(data.EightGaussians(), 30, 1) }

// pictures are 30 images of 8x8 random bytes.
func pictures() *data.Set {
	random := rand.New(rand.NewPCG(1, 2))
	set := &data.Set{Name: "pictures", Shape: []int{1, 8, 8}, Bytes: make([]uint8, 30*8*8)}
	for i := range set.Bytes {
		set.Bytes[i] = uint8(random.IntN(256))
	}
	return set
}

func mustOpen(t *testing.T, dir string, config Config) *Run {
	t.Helper()
	run, err := Open(dir, config)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// prepareProgram makes a run's program before its training, for a network whose energy has that many nodes, its chain in loops or not.
func prepareProgram(t *testing.T, run *Run, set data.Source, energyNodes int, loop bool) {
	t.Helper()
	if err := run.ready(set); err != nil {
		t.Fatal(err)
	}
	devices, err := run.onDevices()
	if err != nil {
		t.Fatal(err)
	}
	run.program = newProgram(run.Config, devices, run.store, energyNodes, loop)
}

// trained opens the run in dir and trains it until it has made the steps.
func trained(t *testing.T, dir string, config Config, set data.Source, steps int) *Run {
	t.Helper()
	run := mustOpen(t, dir, config)
	mustTrain(t, run, set, steps)
	return run
}

func mustTrain(t *testing.T, run *Run, set data.Source, steps int) {
	t.Helper()
	if err := run.Train(set, steps); err != nil {
		t.Fatal(err)
	}
	if run.Step() != steps {
		t.Fatalf("the run is at step %d, want %d", run.Step(), steps)
	}
}

// variables are copies of all that a run's store holds, by path.
func variables(t *testing.T, run *Run) map[string]*tensors.Tensor {
	t.Helper()
	values := make(map[string]*tensors.Tensor)
	for variable := range run.store.IterVariables() {
		value, err := variable.MustValue().LocalClone()
		if err != nil {
			t.Fatal(err)
		}
		values[variable.Path()] = value
	}
	return values
}

// requireSame fails unless the runs agree bit for bit: step, metrics in memory and on disk, and every variable.
func requireSame(t *testing.T, got, want *Run) {
	t.Helper()
	if got.Step() != want.Step() {
		t.Fatalf("step %d, want %d", got.Step(), want.Step())
	}
	if !maps.EqualFunc(got.Metrics(), want.Metrics(), slices.Equal) {
		t.Errorf("metrics differ:\n%v\n%v", got.Metrics(), want.Metrics())
	}
	if a, b := readFile(t, got.Dir, metricsFile), readFile(t, want.Dir, metricsFile); !bytes.Equal(a, b) {
		t.Errorf("%s differs:\n%s\n%s", metricsFile, a, b)
	}
	a, b := variables(t, got), variables(t, want)
	if paths := slices.Sorted(maps.Keys(b)); !slices.Equal(slices.Sorted(maps.Keys(a)), paths) {
		t.Fatalf("variables %v, want %v", slices.Sorted(maps.Keys(a)), paths)
	}
	for path := range a {
		if !a[path].Equal(b[path]) {
			t.Errorf("variable %s differs:\n%s\n%s", path, a[path], b[path])
		}
	}
}

func readFile(t *testing.T, path ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func writeFile(t *testing.T, content string, path ...string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(path...), []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// requireError fails unless err says each of the words.
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

// stderrOf is what f writes to standard error.
func stderrOf(t *testing.T, f func()) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	usual := os.Stderr
	os.Stderr = file
	defer func() { os.Stderr = usual }()
	f()
	file.Close()
	return string(readFile(t, file.Name()))
}

func requireMissing(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("%s is there (%v)", path, err)
	}
}

// contents are the files below dir, by path, byte for byte.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[path] = string(readFile(t, path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func requireContents(t *testing.T, dir string, want map[string]string) {
	t.Helper()
	got := contents(t, dir)
	for path := range got {
		if _, found := want[path]; !found {
			t.Errorf("%s is new", path)
		}
	}
	for path, content := range want {
		if now, found := got[path]; !found || now != content {
			t.Errorf("%s was changed or removed", path)
		}
	}
}
