package losses_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/losses"
)

// Sizes of the small batches here.
const batchSize, scales, references, dims = 5, 3, 7, 4

// numbers are what a batch is made of, row by row.
type numbers struct {
	energyData, energySamples [batchSize][scales]float32
	samples, slope            [batchSize][dims]float32
	reference                 [references][dims]float32
	neighbours                int
}

func randomNumbers(seed uint64) (n numbers) {
	n.neighbours = 1
	random := rand.New(rand.NewPCG(seed, 1))
	fill := func(values []float32) {
		for i := range values {
			values[i] = float32(random.NormFloat64())
		}
	}
	for i := range batchSize {
		fill(n.energyData[i][:])
		fill(n.energySamples[i][:])
		fill(n.samples[i][:])
		fill(n.slope[i][:])
	}
	for i := range references {
		fill(n.reference[i][:])
	}
	return n
}

// evaluate gives a term's value and its gradient in the samples, entropy switched on or off.
func evaluate(t *testing.T, engine *backends.Engine, term losses.Term, n numbers, on bool, dtype dtypes.DType) (value float64, gradient []float64) {
	t.Helper()
	var entropyOn float64
	if on {
		entropyOn = 1
	}
	exec, err := NewExec(engine.Backend, func(inputs []*Node) []*Node {
		for i, input := range inputs {
			inputs[i] = ConvertDType(input, dtype)
		}
		batch := losses.Batch{EnergyData: inputs[0], EnergySamples: inputs[1], Samples: inputs[2], Slope: inputs[3],
			Reference: inputs[4], EntropyOn: inputs[5], Neighbours: n.neighbours}
		loss := term.Loss(batch)
		outputs := []*Node{loss, Gradient(loss, batch.Samples)[0]}
		for i, output := range outputs {
			outputs[i] = ConvertDType(output, dtypes.Float64)
		}
		return outputs
	})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := exec.Call(tensor(n.energyData[:]), tensor(n.energySamples[:]), tensor(n.samples[:]), tensor(n.slope[:]),
		tensor(n.reference[:]), entropyOn)
	if err != nil {
		t.Fatal(err)
	}
	return tensors.ToScalar[float64](outputs[0]), tensors.MustCopyFlatData[float64](outputs[1])
}

// tensor makes a matrix of rows of equal length.
func tensor[Row [scales]float32 | [dims]float32](rows []Row) *tensors.Tensor {
	var flat []float32
	for _, row := range rows {
		switch row := any(row).(type) {
		case [scales]float32:
			flat = append(flat, row[:]...)
		case [dims]float32:
			flat = append(flat, row[:]...)
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, len(rows), len(flat)/len(rows))
}

// mean of a function over batch and scales.
func mean(energies [batchSize][scales]float32, f func(e float64) float64) (sum float64) {
	for _, row := range energies {
		for _, e := range row {
			sum += f(float64(e)) / (batchSize * scales)
		}
	}
	return sum
}

func identity(e float64) float64 { return e }
func square(e float64) float64   { return e * e }

// nearest gives the reference sample that is x's nearest neighbour, or the neighbour of the rank that is looked at, and how far it is.
func nearest(n numbers, x [dims]float32) (row int, distance float64) {
	away := func(j int) (sum float64) {
		for d := range dims {
			sum += square(float64(x[d]) - float64(n.reference[j][d]))
		}
		return math.Sqrt(sum)
	}
	rows := make([]int, references)
	for j := range rows {
		rows[j] = j
	}
	slices.SortFunc(rows, func(i, j int) int { return cmp.Compare(away(i), away(j)) })
	row = rows[n.neighbours-1]
	return row, away(row)
}

func entropyLoss(n numbers) (loss float64) {
	for _, x := range n.samples {
		_, distance := nearest(n, x)
		loss -= math.Log(distance) / batchSize
	}
	return loss
}

func TestValuesAreTheFormulas(t *testing.T) {
	n := randomNumbers(1)
	want := map[string]float64{
		"cd":         mean(n.energyData, identity) - mean(n.energySamples, identity),
		"l2":         mean(n.energyData, square) + mean(n.energySamples, square),
		"kl_energy":  mean(n.energySamples, identity),
		"kl_entropy": entropyLoss(n),
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, term := range losses.Improved() {
			value, _ := evaluate(t, engine, term, n, true, dtypes.Float32)
			if !(math.Abs(value-want[term.Name]) <= 1e-5) {
				t.Errorf("%s is %g, want %g", term.Name, value, want[term.Name])
			}
		}
	})
}

// The gradient of the entropy part points away from the reference sample that is nearest by plain loops; far from the origin too,
// where distances taken by products would cancel.
func TestKLEntropyGradient(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		for _, test := range []struct {
			offset     float32
			neighbours int
		}{{0, 1}, {30, 1}, {0, 2}, {30, references}} {
			n, offset := randomNumbers(2), test.offset
			n.neighbours = test.neighbours
			for d := range dims {
				for i := range n.samples {
					n.samples[i][d] += offset
				}
				for j := range n.reference {
					n.reference[j][d] += offset
				}
			}
			_, gradient := evaluate(t, engine, losses.KLEntropy(1), n, true, dtypes.Float32)
			for i := range batchSize {
				row, distance := nearest(n, n.samples[i])
				for d := range dims {
					// d(-log ‖x-r‖ / batch)/dx = -(x-r)/‖x-r‖² / batch
					want := -float64(n.samples[i][d]-n.reference[row][d]) / (distance * distance) / batchSize
					if got := gradient[i*dims+d]; !(math.Abs(got-want) <= 1e-5) {
						t.Errorf("%+v, sample %d, entry %d: %g, want %g", test, i, d, got, want)
					}
				}
			}
		}
	})
}

func TestKLEntropyGradientIsFiniteDifferences(t *testing.T) {
	engine := backendtest.Go(t)
	n := randomNumbers(3)
	_, gradient := evaluate(t, engine, losses.KLEntropy(1), n, true, dtypes.Float64)
	const step = 1.0 / 1024 // exact in float32 for the numbers here, but for their last digits
	for i := range batchSize {
		for d := range dims {
			above, below := n, n
			above.samples[i][d] += step
			below.samples[i][d] -= step
			want := (entropyLoss(above) - entropyLoss(below)) / float64(above.samples[i][d]-below.samples[i][d])
			if got := gradient[i*dims+d]; !(math.Abs(got-want) <= 1e-5*(1+math.Abs(want))) {
				t.Errorf("sample %d, entry %d: %g, finite difference %g", i, d, got, want)
			}
		}
	}
}

func TestKLEntropyRefusesNeighboursThatThereAreNot(t *testing.T) {
	for _, k := range []int{0, references + 1} {
		n := randomNumbers(2)
		g := NewGraph(backendtest.Go(t).Backend, "refused")
		x := Const(g, tensor(n.samples[:]))
		batch := losses.Batch{Samples: x, Reference: Const(g, tensor(n.reference[:])), Neighbours: k}
		err := exceptions.TryCatch[error](func() { losses.KLEntropy(1).Loss(batch) })
		if want := fmt.Sprintf("neighbour %d of %d", k, references); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want one that says %q", err, want)
		}
	}
}

// The KL terms may take the samples of the first chains alone: means are over those, and so is the slope.
func TestKLEnergyOfTheFirstChains(t *testing.T) {
	ends := [][]float32{{1}, {2}, {5}}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		exec, err := NewExec(engine.Backend, func(ends, samples *Node) []*Node {
			batch := losses.NewBatch(func(x *Node) *Node { return Square(x) }, ends, samples)
			loss := losses.KLEnergy(1).Loss(batch)
			return []*Node{loss, Gradient(loss, samples)[0], ReduceAllMean(batch.EnergySamples)}
		})
		if err != nil {
			t.Fatal(err)
		}
		outputs, err := exec.Call(ends, ends[:2])
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range [][]float64{{(1 + 4) / 2.0}, {2 / 2.0, 4 / 2.0}, {(1 + 4 + 25) / 3.0}} {
			for j, got := range flat(t, outputs[i]) {
				if !(math.Abs(got-want[j]) <= 1e-5) {
					t.Errorf("output %d, entry %d: %g, want %g", i, j, got, want[j])
				}
			}
		}
	})
}

// Off it is 0 with gradient 0, even where a sample lies on a reference sample, whose distance has no logarithm.
func TestKLEntropyOff(t *testing.T) {
	n := randomNumbers(4)
	n.samples[2] = n.reference[3]
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		value, gradient := evaluate(t, engine, losses.KLEntropy(1), n, false, dtypes.Float32)
		if value != 0 {
			t.Errorf("value %g, want 0", value)
		}
		for i, g := range gradient {
			if g != 0 {
				t.Errorf("gradient entry %d: %g, want 0", i, g)
			}
		}
	})
}

// With the slope given, the gradient of the energy part in the samples is the slope, divided by batch and scales.
func TestKLEnergyGradientInTheSamples(t *testing.T) {
	n := randomNumbers(5)
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		_, gradient := evaluate(t, engine, losses.KLEnergy(1), n, true, dtypes.Float32)
		for i, row := range n.slope {
			for d, slope := range row {
				if got, want := gradient[i*dims+d], float64(slope)/(batchSize*scales); !(math.Abs(got-want) <= 1e-6) {
					t.Errorf("sample %d, entry %d: %g, want %g", i, d, got, want)
				}
			}
		}
	})
}

func TestTotalSumsTheWeightedTerms(t *testing.T) {
	engine := backendtest.Go(t)
	constant := func(name string, weight, value float64) losses.Term {
		return losses.Term{Name: name, Weight: weight, Loss: func(b losses.Batch) *Node {
			return Scalar(b.EnergyData.Graph(), dtypes.Float32, value)
		}}
	}
	terms := []losses.Term{constant("a", 1, 5), constant("b", 0.5, 8), constant("c", -2, 3), constant("d", 0, 100)}
	exec, err := NewExec(engine.Backend, func(x *Node) []*Node {
		total, values := losses.Total(terms, losses.Batch{EnergyData: x})
		return append([]*Node{total}, values...)
	})
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := exec.Call(float32(0))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{5 + 4 - 6, 5, 8, 3, 100} {
		if got := tensors.ToScalar[float32](outputs[i]); got != want {
			t.Errorf("output %d (the total, then each value): %g, want %g", i, got, want)
		}
	}
}

func TestNamed(t *testing.T) {
	for _, want := range append(losses.Improved(), losses.HMCAlignment(1)) {
		term, err := losses.Named(want.Name, 0.25)
		if err != nil || term.Name != want.Name || term.Weight != 0.25 || term.Loss == nil {
			t.Errorf("Named(%q, 0.25) = %+v, %v", want.Name, term, err)
		}
	}
	_, err := losses.Named("kl", 1)
	if err == nil {
		t.Fatal("no error for a term that there is not")
	}
	for _, part := range []string{`"kl"`, "cd, l2, kl_energy, kl_entropy, hmc_alignment", "a term of your own"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error %q lacks %q", err, part)
		}
	}
}
