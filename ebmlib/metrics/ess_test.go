package metrics_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"ebm/ebmlib/metrics"
)

// autoregression makes stationary chains x' = φ x + √(1-φ²) z, of variance 1.
func autoregression(seed uint64, phi float64, chains, draws int) [][]float64 {
	random := rand.New(rand.NewPCG(seed, 1))
	all := make([][]float64, chains)
	for i := range all {
		x := random.NormFloat64()
		for range draws {
			all[i] = append(all[i], x)
			x = phi*x + math.Sqrt(1-phi*phi)*random.NormFloat64()
		}
	}
	return all
}

func ess(t *testing.T, chains [][]float64) float64 {
	t.Helper()
	size, err := metrics.ESS(chains)
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// The autocorrelations of the autoregression are φ^t, so that τ = (1+φ)/(1-φ).
func TestESSOfAnAutoregression(t *testing.T) {
	for _, chains := range []int{1, 4, 50} {
		for _, phi := range []float64{0, 0.5, 0.9, 0.99, -0.5} {
			draws := 200000 / chains
			want := float64(chains*draws) * (1 - phi) / (1 + phi)
			if size := ess(t, autoregression(1, phi, chains, draws)); math.Abs(size/want-1) > 0.15 {
				t.Errorf("%d chains, φ = %g: %.0f, want %.0f within 15%%", chains, phi, size, want)
			}
		}
	}
}

// What the size is for: the mean over chains has the variance of a single draw divided by it.
func TestESSIsThePrecisionOfTheMean(t *testing.T) {
	const phi, chains, draws, runs = 0.7, 4, 500, 400
	var means, sizes []float64
	for seed := range uint64(runs) {
		all := autoregression(seed, phi, chains, draws)
		var mean float64
		for _, chain := range all {
			mean += stat.Mean(chain, nil) / chains
		}
		means, sizes = append(means, mean), append(sizes, ess(t, all))
	}
	// The variance of the means, estimated from runs of them, has the relative error √(2/runs) = 0.07.
	product := stat.Variance(means, nil) * stat.Mean(sizes, nil)
	if math.Abs(product-1) > 4*math.Sqrt(2.0/runs) {
		t.Errorf("variance of the mean times effective sample size is %.3f, want 1 ± %.2f", product, math.Sqrt(2.0/runs))
	}
}

// Independent draws are worth about as many as they are. In short chains the mean, which is taken off, is partly that of a draw's neighbour, so that the
// correlation of neighbours is estimated 1/draws too low, and τ 2/draws.
func TestESSOfShortChains(t *testing.T) {
	for _, draws := range []int{5, 10, 20} {
		total, few := float64(2000*draws), 1/float64(draws)
		if size := ess(t, autoregression(4, 0, 2000, draws)); size < (1-few)*total || size > total/(1-2.5*few) {
			t.Errorf("2,000 chains of %d independent draws: %.0f, want %.0f to %.0f", draws, size, (1-few)*total, total/(1-2.5*few))
		}
	}
}

// Scale and origin make no difference.
func TestESSHasNoUnits(t *testing.T) {
	chains := autoregression(2, 0.8, 3, 1000)
	want := ess(t, chains)
	for _, chain := range chains {
		for i := range chain {
			chain[i] = 1000 + 0.01*chain[i]
		}
	}
	if size := ess(t, chains); math.Abs(size/want-1) > 1e-6 {
		t.Errorf("%g after a change of units, %g before", size, want)
	}
}

// Chains that each stay in a mode of their own are worth about as many draws as there are modes, though each by itself looks
// independent.
func TestESSOfStuckChains(t *testing.T) {
	chains := autoregression(3, 0, 4, 1000)
	for i, chain := range chains {
		for t := range chain {
			chain[t] = chain[t]*0.1 + float64(i%2)
		}
	}
	if size := ess(t, chains); size > 10 {
		t.Errorf("%.1f of 4000 draws in two modes without a crossing, want a few", size)
	}
}

// Draws that alternate cancel in the mean; the size is told up to S log10 S.
func TestESSIsBoundedWhereChainsAlternate(t *testing.T) {
	chain := make([]float64, 1000)
	for i := range chain {
		chain[i] = float64(i % 2)
	}
	if size := ess(t, [][]float64{chain}); math.Abs(size-3000) > 1e-6 {
		t.Errorf("%g, want 1000 log10 1000 = 3000", size)
	}
}

func TestESSOfBadChains(t *testing.T) {
	good := []float64{1, 2, 3, 2}
	for _, test := range []struct {
		chains  [][]float64
		message string
	}{
		{nil, "there are no chains"},
		{[][]float64{{1, 2, 3}}, "chain 0 has 3 draws"},
		{[][]float64{good, {1, 2, 3, 4, 5}}, "chain 1 has 5 draws and chain 0 has 4"},
		{[][]float64{good, {1, 2, math.NaN(), 4}}, "draw 2 of chain 1 is NaN"},
		{[][]float64{{1, 2, 3, math.Inf(-1)}}, "draw 3 of chain 0 is -Inf"},
		{[][]float64{{0.1, 0.1, 0.1, 0.1}, {0.1, 0.1, 0.1, 0.1}}, "all draws are 0.1"},
	} {
		if _, err := metrics.ESS(test.chains); err == nil || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%v: %v, want an error that says %q", test.chains, err, test.message)
		}
	}
}
