package samplers_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/metrics"
	"ebm/ebmlib/samplers"
)

// normalised is an energy whose normaliser is known, with exact samples.
type normalised struct {
	energy samplers.Energy
	logZ   float64
	draw   func(random *rand.Rand) []float32
}

// offset is a Gaussian of standard deviation s around m in each of dims coordinates, with a constant added to its energy.
func offset(m, s float64, dims int, constant float64) normalised {
	return normalised{
		func(x *Node) *Node {
			return AddScalar(MulScalar(ReduceAndKeep(Square(AddScalar(x, -m)), ReduceSum, 1), 0.5/(s*s)), constant)
		},
		float64(dims)*math.Log(s*math.Sqrt(2*math.Pi)) - constant,
		func(random *rand.Rand) (x []float32) {
			for range dims {
				x = append(x, float32(m+s*random.NormFloat64()))
			}
			return x
		},
	}
}

// fourModes is the sum of Gaussians of standard deviation 1/2 around (±2, ±2), the upper two three times as high.
func fourModes() normalised {
	centres := [][]float32{{-2, -2}, {2, -2}, {-2, 2}, {2, 2}}
	heights := []float32{1, 1, 3, 3}
	return normalised{
		func(x *Node) *Node {
			g := x.Graph()
			apart := Sub(InsertAxes(x, 1), InsertAxes(Const(g, centres), 0)) // [batch, modes, 2]
			exponents := MulScalar(ReduceSum(Square(apart), 2), -2)
			nearest := StopGradient(ReduceAndKeep(exponents, ReduceMax, 1)) // Far away all exponents underflow.
			sum := ReduceAndKeep(Mul(Exp(Sub(exponents, nearest)), InsertAxes(Const(g, heights), 0)), ReduceSum, 1)
			return Neg(Add(Log(sum), nearest))
		},
		math.Log(8 * 2 * math.Pi / 4),
		func(random *rand.Rand) []float32 {
			mode := []int{0, 1, 2, 2, 2, 3, 3, 3}[random.IntN(8)]
			return []float32{centres[mode][0] + float32(random.NormFloat64()/2), centres[mode][1] + float32(random.NormFloat64()/2)}
		},
	}
}

// cutOff is E = 8x², a Gaussian of standard deviation 1/4, on [-1/4, 3/2], one to six standard deviations from its mean.
func cutOff() normalised {
	normal := distuv.Normal{Sigma: 0.25}
	return normalised{
		quadratic(16),
		math.Log(0.25 * math.Sqrt(2*math.Pi) * (normal.CDF(1.5) - normal.CDF(-0.25))),
		func(random *rand.Rand) []float32 {
			for {
				if x := random.NormFloat64() / 4; x >= -0.25 && x <= 1.5 {
					return []float32{float32(x)}
				}
			}
		},
	}
}

// The two estimates are log Z within three standard errors, and enclose it but for these.
func TestAISFindsTheNormaliser(t *testing.T) {
	const chains = 400
	for name, test := range map[string]struct {
		target normalised
		ais    samplers.AIS
	}{
		"narrow Gaussian": {offset(0.7, 0.5, 3, 11), samplers.AIS{Chain: samplers.MALA{StepSize: 0.1}, Steps: 150, Deviation: 1.5}},
		"wide Gaussian":   {offset(0, 2, 2, 0), samplers.AIS{Chain: samplers.MALA{StepSize: 0.5}, Steps: 40, Mean: 0.3, Deviation: 1}},
		"four modes": {fourModes(), samplers.AIS{Chain: samplers.HMC{StepSize: 0.3, Leapfrog: 3, Velocity: 1, Metropolis: true}, Steps: 150,
			Deviation: 2.5}},
		"within bounds": {cutOff(), samplers.AIS{Chain: samplers.MALA{StepSize: 0.05, Min: -0.25, Max: 1.5}, Steps: 100}},
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			start := make([][]float32, chains)
			for i := range start {
				start[i] = test.target.draw(random)
			}
			forward, err := test.ais.Forward(backendtest.Go(t), test.target.energy, []int{chains, len(start[0])}, 1)
			if err != nil {
				t.Fatal(err)
			}
			reverse, err := test.ais.Reverse(backendtest.Go(t), test.target.energy, tensors.FromValue(start), 2)
			if err != nil {
				t.Fatal(err)
			}
			low, err := metrics.ForwardLogZ(forward.LogWeights)
			if err != nil {
				t.Fatal(err)
			}
			high, err := metrics.ReverseLogZ(reverse.LogWeights)
			if err != nil {
				t.Fatal(err)
			}
			for _, estimate := range []metrics.LogZ{low, high} {
				if !(math.Abs(estimate.Value-test.target.logZ) <= 3*estimate.StandardError) || estimate.StandardError > 0.1 {
					t.Errorf("log Z is estimated as %+v, want %.4f", estimate, test.target.logZ)
				}
			}
			// Log weights lie below forward, above reverse, by Jensen's inequality.
			below, above := stat.Mean(forward.LogWeights, nil), stat.Mean(reverse.LogWeights, nil)
			if !(below < test.target.logZ && above > test.target.logZ) {
				t.Errorf("log weights are %.4f forward and %.4f reverse in the mean, and log Z is %.4f", below, above, test.target.logZ)
			}
			for _, acceptance := range [][]float64{forward.Acceptance, reverse.Acceptance} {
				if len(acceptance) != test.ais.Steps || floats.Min(acceptance) < 0.3 || floats.Max(acceptance) > 1 {
					t.Errorf("acceptances of %d steps from %.2f to %.2f", len(acceptance), floats.Min(acceptance), floats.Max(acceptance))
				}
			}
		})
	}
}

// Weighted by w, the ends of forward chains are samples of exp(-E): of each mode as much as it holds.
func TestWeightedEndsOfForwardChains(t *testing.T) {
	const chains = 3000
	ais := samplers.AIS{Chain: samplers.HMC{StepSize: 0.3, Leapfrog: 3, Velocity: 1, Metropolis: true}, Steps: 50, Mean: 0.5, Deviation: 2}
	result, err := ais.Forward(backendtest.Go(t), fourModes().energy, []int{chains, 2}, 1)
	if err != nil {
		t.Fatal(err)
	}
	z, err := metrics.ForwardLogZ(result.LogWeights)
	if err != nil {
		t.Fatal(err)
	}
	var shares, unweighted [4]float64
	x := columns(result.X)
	for i, logWeight := range result.LogWeights {
		mode := 0
		if x[0][i] > 0 {
			mode++
		}
		if x[1][i] > 0 {
			mode += 2
		}
		shares[mode] += math.Exp(logWeight-z.Value) / chains
		unweighted[mode] += 1.0 / chains
	}
	for mode, want := range []float64{1.0 / 8, 1.0 / 8, 3.0 / 8, 3.0 / 8} {
		if spread := math.Sqrt(want * (1 - want) / z.Chains); !(math.Abs(shares[mode]-want) <= 4*spread) {
			t.Errorf("mode %d has the share %.3f, want %.3f ± %.3f", mode, shares[mode], want, spread)
		}
	}
}

// Chains that hardly move have the weights of plain importance sampling, Z_0 exp(E_0 - E) where they are, whatever the β. The energy has
// two scales, which count together.
func TestAISWeightsOfChainsThatStay(t *testing.T) {
	energy := func(x *Node) *Node { return Square(x) } // [batch, 2]
	const logZ0 = 2 * 1.6120857                        // 2 log(2√(2π))
	weight := func(x []float32) float64 {
		a, b := float64(x[0]), float64(x[1])
		return logZ0 + ((a-1)*(a-1)+(b-1)*(b-1))/8 - a*a - b*b
	}
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		ais := samplers.AIS{Chain: samplers.MALA{StepSize: 1e-14}, Steps: 11, Mean: 1, Deviation: 2}
		forward, err := ais.Forward(engine, energy, []int{50, 2}, 1)
		if err != nil {
			t.Fatal(err)
		}
		start := tensors.FromValue([][]float32{{1, 2}, {0, -3}})
		reverse, err := ais.Reverse(engine, energy, start, 1)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "the start", start, []float32{1, 2, 0, -3}, 0)
		for _, result := range []samplers.AISResult{forward, reverse} {
			x := tensors.MustCopyFlatData[float32](result.X)
			for i, got := range result.LogWeights {
				if want := weight(x[2*i : 2*i+2]); math.Abs(got-want) > 1e-4 {
					t.Errorf("log weight %g at %v, want %g", got, x[2*i:2*i+2], want)
				}
			}
		}
	})
}

// The likelihood of exact samples of N(0, s²) is -log(s√(2πe)) in the mean, and RAISE comes to it from below.
func TestRAISEOfReverseChains(t *testing.T) {
	const chains, s = 1000, 0.6
	target := offset(0, s, 1, 3)
	random := rand.New(rand.NewPCG(1, 2))
	var start [][]float32
	var energies []float64
	for range chains {
		x := target.draw(random)
		start = append(start, x)
		energies = append(energies, float64(x[0]*x[0])/(2*s*s)+3)
	}
	result, err := samplers.AIS{Chain: samplers.MALA{StepSize: 0.2}, Steps: 10, Deviation: 1}.
		Reverse(backendtest.Go(t), target.energy, tensors.FromValue(start), 1)
	if err != nil {
		t.Fatal(err)
	}
	likelihood, standardError, err := metrics.RAISE(energies, result.LogWeights)
	if err != nil {
		t.Fatal(err)
	}
	exact := -stat.Mean(energies, nil) - target.logZ // of these samples
	if !(likelihood < exact && likelihood > exact-0.1) {
		t.Errorf("RAISE tells %.4f ± %.4f of samples whose log likelihood is %.4f", likelihood, standardError, exact)
	}
}

func TestAISFollowsTheSeed(t *testing.T) {
	ais := samplers.AIS{Chain: samplers.MALA{StepSize: 0.5}, Steps: 12, Deviation: 1}
	run := func(seed int64) []float64 {
		result, err := ais.Forward(backendtest.Go(t), quadratic(2), []int{5, 1}, seed)
		if err != nil {
			t.Fatal(err)
		}
		return result.LogWeights
	}
	if first, again, other := run(1), run(1), run(2); !slices.Equal(first, again) || slices.Equal(first, other) {
		t.Errorf("seed 1 led to %v and %v, seed 2 to %v", first, again, other)
	}
}

func TestAISErrors(t *testing.T) {
	mala := samplers.MALA{StepSize: 0.1}
	bounded := samplers.MALA{StepSize: 0.1, Max: 1}
	good := samplers.AIS{Chain: mala, Steps: 10, Deviation: 1}
	for message, ais := range map[string]samplers.AIS{
		"there is no chain":                   {Steps: 10, Deviation: 1},
		"mala: step size is 0":                {Chain: samplers.MALA{}, Steps: 10, Deviation: 1},
		"velocity of hmc is 0.001":            {Chain: samplers.HMC{StepSize: 1, Leapfrog: 1, Velocity: 0.001, Metropolis: true}, Steps: 10, Deviation: 1},
		"there are 0 steps":                   {Chain: mala, Deviation: 1},
		"standard deviation of the base is 0": {Chain: mala, Steps: 10},
		"mean of the base is NaN":             {Chain: mala, Steps: 10, Deviation: 1, Mean: math.NaN()},
		"with bounds the base is uniform":     {Chain: bounded, Steps: 10, Deviation: 1},
		"samplers.Langevin":                   {Chain: samplers.Langevin{StepSize: 1}, Steps: 10, Deviation: 1},
		"has no test of acceptance":           {Chain: samplers.HMC{StepSize: 1, Leapfrog: 1, Velocity: 1}, Steps: 10, Deviation: 1},
	} {
		_, err := ais.Forward(backendtest.Go(t), quadratic(1), []int{3, 1}, 1)
		refused(t, err, message)
		_, err = ais.Reverse(backendtest.Go(t), quadratic(1), tensors.FromValue([][]float32{{0}}), 1)
		refused(t, err, message)
	}
	_, err := good.Forward(backendtest.Go(t), quadratic(1), []int{0, 1}, 1)
	refused(t, err, "shape [0 1]")
	_, err = good.Forward(backendtest.Go(t), Log, []int{20, 1}, 1)
	refused(t, err, "at step 1 of 10")
	_, err = good.Reverse(backendtest.Go(t), quadratic(1), tensors.FromValue([]float32{1}), 1)
	refused(t, err, "it must be float32 [chains, ...]")
	within := samplers.AIS{Chain: bounded, Steps: 10}
	_, err = within.Reverse(backendtest.Go(t), quadratic(1), tensors.FromValue([][]float32{{0.5}, {1.5}}), 1)
	refused(t, err, "chain 1 starts at a value of 1.5, outside the bounds [0, 1]")
}

func refused(t *testing.T, err error, message string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), message) {
		t.Errorf("%v, want an error that says %q", err, message)
	}
}
