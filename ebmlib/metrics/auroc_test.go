package metrics_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/integrate"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"ebm/ebmlib/metrics"
)

func auroc(t *testing.T, own, foreign []float64) metrics.Area {
	t.Helper()
	area, err := metrics.AUROC(own, foreign)
	if err != nil {
		t.Fatal(err)
	}
	return area
}

// The foreign 2 beats one of three and ties with one, the foreign 4 beats all: (1.5 + 3)/6. The means of ψ are 1/2 and 1 by foreign
// energy, and 1, 3/4 and 1/2 by own: the variance of the area is (1/8)/2 + (1/16)/3.
func TestAUROCByHand(t *testing.T) {
	area := auroc(t, []float64{1, 2, 3}, []float64{4, 2})
	near(t, "area", area.Value, 0.75, 1e-12)
	near(t, "standard error", area.StandardError, math.Sqrt(1.0/16+1.0/48), 1e-12)
	near(t, "low", area.Low, 0.75-1.959964*area.StandardError, 1e-6)
	near(t, "high", area.High, 1, 0)
}

// From the definition, pair by pair, with many ties.
func TestAUROCIsTheMeanOverPairs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		own, foreign := make([]float64, 2+random.IntN(30)), make([]float64, 2+random.IntN(30))
		for _, side := range [][]float64{own, foreign} {
			for i := range side {
				side[i] = float64(random.IntN(10))
			}
		}
		byForeign, byOwn := make([]float64, len(foreign)), make([]float64, len(own))
		for i, f := range foreign {
			for j, o := range own {
				psi := 0.0
				if f > o {
					psi = 1
				} else if f == o {
					psi = 0.5
				}
				byForeign[i] += psi / float64(len(own))
				byOwn[j] += psi / float64(len(foreign))
			}
		}
		area := auroc(t, own, foreign)
		near(t, "area", area.Value, stat.Mean(byForeign, nil), 1e-12)
		near(t, "standard error", area.StandardError,
			math.Sqrt(stat.Variance(byForeign, nil)/float64(len(foreign))+stat.Variance(byOwn, nil)/float64(len(own))), 1e-12)

		swapped := auroc(t, foreign, own)
		near(t, "area with the sides swapped", swapped.Value, 1-area.Value, 1e-12)
		near(t, "standard error with the sides swapped", swapped.StandardError, area.StandardError, 1e-12)
	}
}

// Of normal energies N(0, 1) and N(d, 1) the area is Φ(d/√2), which the interval should hold 95 times in 100. Of 2,000 intervals 95% ±
// 1.5% do by chance (three standard errors).
func TestIntervalHoldsTheArea(t *testing.T) {
	const runs, d = 2000, 1.0
	truth := distuv.UnitNormal.CDF(d / math.Sqrt2)
	random := rand.New(rand.NewPCG(3, 4))
	draw := func(n int, mean float64) []float64 {
		return slices.Concat(normals(random, n, 1, mean, 1)...)
	}
	held := 0
	for range runs {
		if area := auroc(t, draw(200, 0), draw(150, d)); area.Low <= truth && truth <= area.High {
			held++
		}
	}
	near(t, "coverage", float64(held)/runs, 0.95, 0.015)
}

func TestAUROCWithoutAMistake(t *testing.T) {
	area := auroc(t, []float64{-3, -1, 0}, []float64{1, 2})
	if want := (metrics.Area{Value: 1, Low: 1, High: 1}); area != want {
		t.Errorf("%+v, want %+v", area, want)
	}
}

func TestROCByHand(t *testing.T) {
	curve, err := metrics.ROC([]float64{3, 1, 2}, []float64{2, 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what      string
		got, want []float64
	}{
		{"threshold", curve.Threshold, []float64{math.Inf(1), 4, 3, 2, 1}},
		{"true positives", curve.TruePositive, []float64{0, 0.5, 0.5, 1, 1}},
		{"false positives", curve.FalsePositive, []float64{0, 0, 1. / 3, 2. / 3, 1}},
	} {
		if !slices.EqualFunc(test.got, test.want, func(a, b float64) bool { return a == b || math.Abs(a-b) < 1e-12 }) {
			t.Errorf("%s %v, want %v", test.what, test.got, test.want)
		}
	}
}

// The area under the curve is the area.
func TestROCEnclosesTheArea(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	own, foreign := make([]float64, 300), make([]float64, 200)
	for i := range own {
		own[i] = math.Round(4 * random.NormFloat64())
	}
	for i := range foreign {
		foreign[i] = math.Round(4*random.NormFloat64() + 3)
	}
	curve, err := metrics.ROC(own, foreign)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "area under the curve", integrate.Trapezoidal(curve.FalsePositive, curve.TruePositive), auroc(t, own, foreign).Value, 1e-12)
}

func TestAUROCErrors(t *testing.T) {
	good := []float64{1, 2}
	for _, test := range []struct {
		own, foreign []float64
		message      string
	}{
		{nil, good, "0 energies of own data"},
		{good, nil, "0 energies of foreign data"},
		{good, []float64{1, math.NaN()}, "energy 1 of foreign data is NaN"},
		{[]float64{math.Inf(1), 1}, good, "energy 0 of own data is +Inf"},
	} {
		_, err := metrics.AUROC(test.own, test.foreign)
		fails(t, err, test.message)
		_, err = metrics.ROC(test.own, test.foreign)
		fails(t, err, test.message)
	}
	_, err := metrics.AUROC(good, []float64{1})
	fails(t, err, "1 energies of foreign data; at least 2")
}
