package metrics_test

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/numpy"

	"ebm/ebmlib/metrics"
)

// Each draw told nine times over is worth one draw.
func ExampleESS() {
	random := rand.New(rand.NewPCG(1, 2))
	var chain []float64
	for range 20000 {
		x := random.NormFloat64()
		for range 9 {
			chain = append(chain, x)
		}
	}
	size, err := metrics.ESS([][]float64{chain})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d draws, worth about %.0f thousand\n", len(chain), size/1000)
	// Output: 180000 draws, worth about 20 thousand
}

// Energies of a test set and of foreign data, one of which has a lower energy than one of the test set.
func ExampleAUROC() {
	own := []float64{-2.1, -1.8, -1.7, -0.9, -0.4}
	foreign := []float64{-0.6, 0.3, 1.1, 1.5, 2.4}
	area, err := metrics.AUROC(own, foreign)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f, 95%% confidence interval %.2f to %.2f\n", area.Value, area.Low, area.High)
	// Output: 0.96, 95% confidence interval 0.85 to 1.00
}

// Two normal distributions whose means differ; normals(random, n, dims, mean, deviation) draws n rows.
func ExampleMMD() {
	random := rand.New(rand.NewPCG(1, 2))
	samples, reference := normals(random, 500, 2, 0.5, 1), normals(random, 500, 2, 0, 1)
	bandwidth, err := metrics.MedianDistance(samples, reference)
	if err != nil {
		log.Fatal(err)
	}
	mmd, err := metrics.MMD(samples, reference, bandwidth)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("bandwidth %.1f, MMD² %.2f\n", bandwidth, mmd)
	// Output: bandwidth 1.7, MMD² 0.05
}

// KID of the same distribution is 0 within its standard error; FID isn't, as it is biased.
func ExampleKID() {
	random := rand.New(rand.NewPCG(1, 2))
	samples, reference := normals(random, 400, 50, 0, 1), normals(random, 400, 50, 0, 1)
	distance, standardError, err := metrics.KID(samples, reference, 10)
	if err != nil {
		log.Fatal(err)
	}
	fid, err := metrics.FID(samples, reference)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("KID within two standard errors of 0: %v; FID %.1f\n", math.Abs(distance) < 2*standardError, fid)
	// Output: KID within two standard errors of 0: true; FID 3.4
}

// Features that another program has made, by a network that is not in package features, come from a file of NumPy arrays, float64 [n, dims]:
//
//	np.savez("features.npz", samples=of_samples.astype("float64"), reference=of_data.astype("float64"))
//
// The samples themselves go there by ebm sample RUN --out samples.npy.
func ExampleFID_featuresFromAFile() {
	random := rand.New(rand.NewPCG(1, 2))
	dir, err := os.MkdirTemp("", "features")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "features.npz")
	if err := numpy.ToNpzFile(map[string]*tensors.Tensor{
		"samples":   tensors.FromValue(normals(random, 400, 50, 0, 1)),
		"reference": tensors.FromValue(normals(random, 400, 50, 1, 1)), // ‖μ₁ - μ₂‖² is 50; the rest is the bias of few samples
	}, path); err != nil {
		log.Fatal(err)
	}

	features, err := numpy.FromNpzFile(path)
	if err != nil {
		log.Fatal(err)
	}
	fid, err := metrics.FID(features["samples"].Value().([][]float64), features["reference"].Value().([][]float64))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("FID %.0f\n", fid)
	// Output: FID 54
}

// Samples of one of two modes.
func ExamplePrecisionRecall() {
	random := rand.New(rand.NewPCG(1, 2))
	reference := append(normals(random, 200, 2, -20, 1), normals(random, 200, 2, 20, 1)...)
	precision, recall, err := metrics.PrecisionRecall(normals(random, 400, 2, 20, 1), reference, 3)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("precision %.1f, recall %.1f\n", precision, recall)
	// Output: precision 1.0, recall 0.5
}

// The classifier is sure of each sample, and sees two of three classes.
func ExampleInceptionScore() {
	probabilities := [][]float64{{1, 0, 0}, {0, 1, 0}, {1, 0, 0}, {0, 1, 0}}
	score, _, err := metrics.InceptionScore(probabilities, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.1f\n", score)
	// Output: 2.0
}

// The second sample is a copy.
func ExampleNearest() {
	training := [][]float64{{0, 0}, {1, 1}, {2, 0}}
	nearest, err := metrics.Nearest([][]float64{{0.5, 0}, {2, 0}}, training)
	if err != nil {
		log.Fatal(err)
	}
	for i, n := range nearest {
		fmt.Printf("sample %d is %g from training example %d\n", i, n.Distance, n.Index)
	}
	// Output:
	// sample 0 is 0.5 from training example 0
	// sample 1 is 0 from training example 2
}

func ExampleModes() {
	centres := [][]float64{{-3, 0}, {3, 0}}
	c, err := metrics.Modes([][]float64{{-3, 0.2}, {-2.9, 0}, {-3.1, 0.1}, {0, 0}}, centres, 0.5)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.0f%% of the modes are hit, %.0f%% of the samples are near one: %v\n", 100*c.Hit, 100*c.Near, c.Counts)
	// Output: 50% of the modes are hit, 75% of the samples are near one: [3 0]
}

// A standard normal distribution, and an energy of one that is wider by half.
func ExampleGridKL() {
	const side = 0.05
	var logDensities, energies []float64
	for y := -6.0; y < 6; y += side {
		for x := -6.0; x < 6; x += side {
			logDensities = append(logDensities, -(x*x+y*y)/2-math.Log(2*math.Pi))
			energies = append(energies, (x*x+y*y)/(2*1.5*1.5))
		}
	}
	divergence, err := metrics.GridKL(logDensities, energies, side*side)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.3f nats\n", divergence)
	// Output: 0.255 nats
}

// Simple importance sampling, of which annealing is the better kind, for Z = ∫ exp(-x²/2) dx = √(2π): draws of a normal distribution of
// standard deviation 2 are weighed by exp(-x²/2) over their density.
func ExampleForwardLogZ() {
	random := rand.New(rand.NewPCG(1, 2))
	var logWeights []float64
	for range 10000 {
		z := random.NormFloat64()
		logWeights = append(logWeights, -4*z*z/2+z*z/2+math.Log(2*math.Sqrt(2*math.Pi)))
	}
	z, err := metrics.ForwardLogZ(logWeights)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("log Z is estimated as %.3f ± %.3f, and is %.3f\n", z.Value, z.StandardError, math.Log(2*math.Pi)/2)
	// Output: log Z is estimated as 0.914 ± 0.007, and is 0.919
}
