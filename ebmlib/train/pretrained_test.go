package train_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/data"
	"ebm/ebmlib/metrics"
	"ebm/ebmlib/plots"
	"ebm/ebmlib/train"
)

// pretrained is the directory of a run that is shipped.
func pretrained(name string) string { return filepath.Join("..", "pretrained", name) }

func mustLoad(t *testing.T, dir string) *train.Run {
	t.Helper()
	run, err := train.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// rows are the examples of a tensor [n, ...], each flat.
func rows(x *tensors.Tensor) [][]float64 {
	flat := tensors.MustCopyFlatData[float32](x)
	rows := make([][]float64, x.Shape().Dim(0))
	for i, value := range flat {
		row := i * len(rows) / len(flat)
		rows[row] = append(rows[row], float64(value))
	}
	return rows
}

func TestPretrainedPoints(t *testing.T) {
	run := mustLoad(t, pretrained("points"))
	density := data.EightGaussians()

	samples, err := run.Sample(200, 200)
	if err != nil {
		t.Fatal(err)
	}
	centres := make([][]float64, len(density.Modes))
	for i, mode := range density.Modes {
		centres[i] = mode[:]
	}
	const threeDeviations = 3 * 0.35355
	coverage, err := metrics.Modes(rows(samples), centres, threeDeviations)
	if err != nil {
		t.Fatal(err)
	}
	if coverage.Hit < 1 || coverage.Near < 0.9 {
		t.Errorf("of the modes %.2f have a sample, and of the samples %.2f are near a mode: want 1 and at least 0.9", coverage.Hit, coverage.Near)
	}

	grid := plots.Map{XMin: -5, XMax: 5, YMin: -5, YMax: 5, Columns: 100, Rows: 100}
	points := tensors.FromFlatDataAndDimensions(grid.Points(), grid.Columns*grid.Rows, 2)
	energies, err := run.Energies(points)
	if err != nil {
		t.Fatal(err)
	}
	var logDensities []float64
	for _, p := range rows(points) {
		logDensities = append(logDensities, density.LogDensity(p[0], p[1]))
	}
	divergence, err := metrics.GridKL(logDensities, energies, 0.1*0.1)
	if err != nil {
		t.Fatal(err)
	}
	if divergence > 0.05 {
		t.Errorf("the model is %.3f nat from the data's density, want at most 0.05", divergence)
	}
}

func TestPretrainedDigits(t *testing.T) {
	run := mustLoad(t, pretrained("digits"))
	x, err := run.Sample(8, 100)
	if err != nil {
		t.Fatal(err)
	}
	samples := rows(x)
	ink := 0.0
	for _, sample := range samples {
		if slices.Min(sample) < 0 || slices.Max(sample) > 1 {
			t.Fatalf("a sample has values from %g to %g, want within [0, 1]", slices.Min(sample), slices.Max(sample))
		}
		for _, value := range sample {
			ink += value / float64(len(samples)*len(sample))
		}
	}
	if ink < 0.05 || ink > 0.3 { // Half of noise is, and 0.13 of MNIST.
		t.Errorf("%.2f of the samples is ink", ink)
	}

	digits, err := data.Digits("")
	if err != nil || digits.Shape[1] != 28 {
		t.Skip("needs MNIST in the data directory, to compare with")
	}
	own, err := run.Scores(digits, 300)
	if err != nil {
		t.Fatal(err)
	}
	blends, err := data.Interpolations(digits, 300, 1)
	if err != nil {
		t.Fatal(err)
	}
	for least, foreign := range map[float64]*data.Set{0.99: data.UniformNoise(300, digits.Shape, 1), 0.95: blends} {
		scores, err := run.Scores(foreign, 0)
		if err != nil {
			t.Fatal(err)
		}
		area, err := metrics.AUROC(own, scores)
		if err != nil || area.Value < least {
			t.Errorf("%s are told from digits with an AUROC of %.3f (%v), want at least %g", foreign.Name, area.Value, err, least)
		}
	}

	images, err := digits.Examples(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(samples[0]))
	shuffled := make([][]float64, len(samples))
	for i, sample := range samples {
		for _, pixel := range order {
			shuffled[i] = append(shuffled[i], sample[pixel])
		}
	}
	near, far := distance(t, samples, rows(images)), distance(t, shuffled, rows(images))
	if near > 0.9*far {
		t.Errorf("samples are %.2f from the nearest digit in the mean, and with their pixels shuffled %.2f: they are nothing like digits", near, far)
	}
}

// distance is the mean distance from an image to the nearest of the others.
func distance(t *testing.T, images, others [][]float64) float64 {
	t.Helper()
	neighbours, err := metrics.Nearest(images, others)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, neighbour := range neighbours {
		sum += neighbour.Distance
	}
	return sum / float64(len(images))
}

// A copy of a shipped run is opened by its preset, and trained on.
func TestTrainingOnFromPretrained(t *testing.T) {
	copied := func(name string, config train.Config) *train.Run {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.CopyFS(dir, os.DirFS(pretrained(name))); err != nil {
			t.Fatal(err)
		}
		run, err := train.Open(dir, config)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	copied("digits", train.Digits()) // A step of it takes this engine seconds.

	config := train.Points()
	config.Seed = 1
	run := copied("points", config)
	if err := run.Train(data.Points(data.EightGaussians(), 1000, 2), 2); err != nil {
		t.Fatal(err)
	}
	if again := mustLoad(t, run.Dir); again.Step() != 2 {
		t.Errorf("opened again, the run is at step %d, want 2", again.Step())
	}
}

func TestUnknownPretrained(t *testing.T) {
	_, err := train.Load(pretrained("digit"))
	if err == nil || !strings.Contains(err.Error(), "no run in "+pretrained("digit")) || !strings.Contains(err.Error(), "digits, points") {
		t.Errorf("error %v, want one that names the directory and the runs that there are", err)
	}
}
