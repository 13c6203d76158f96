package metrics_test

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"ebm/ebmlib/metrics"
)

// onGrid has the values of f at the centres of cells of side 0.1 that fill [-reach, reach]².
func onGrid(reach float64, f func(x, y float64) float64) (values []float64, cell float64) {
	const side = 0.1
	for y := -reach + side/2; y < reach; y += side {
		for x := -reach + side/2; x < reach; x += side {
			values = append(values, f(x, y))
		}
	}
	return values, side * side
}

// normal is log N((x, y); (m, 0), s² I).
func normal(m, s float64) func(x, y float64) float64 {
	return func(x, y float64) float64 {
		return -((x-m)*(x-m)+y*y)/(2*s*s) - math.Log(2*math.Pi*s*s)
	}
}

// KL(N(0, I) ‖ N(m, s² I)) in two dimensions is 2 log s + (2 + m²)/(2s²) - 1. A constant in the energy makes no difference but to Z.
func TestGridKLOfGaussians(t *testing.T) {
	data, cell := onGrid(8, normal(0, 1))
	for _, test := range []struct{ m, s float64 }{{0, 1}, {1.5, 1}, {-0.5, 1.4}} {
		energies, _ := onGrid(8, normal(test.m, test.s))
		floats.Scale(-1, energies)
		floats.AddConst(1000, energies)
		divergence, err := metrics.GridKL(data, energies, cell)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "KL", divergence, 2*math.Log(test.s)+(2+test.m*test.m)/(2*test.s*test.s)-1, 1e-5)
		logZ, err := metrics.GridLogZ(energies, cell)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "log Z", logZ, -1000, 1e-5)
	}
}

// Data on half of where the model spreads evenly: log 2.
func TestGridKLOfDataWithGaps(t *testing.T) {
	data, cell := onGrid(1, func(x, y float64) float64 {
		if x < 0 {
			return math.Inf(-1)
		}
		return -math.Log(2)
	})
	divergence, err := metrics.GridKL(data, make([]float64, len(data)), cell)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "KL", divergence, math.Ln2, 1e-12)
}

func TestGridErrors(t *testing.T) {
	data, cell := onGrid(5, normal(0, 1))
	energies := make([]float64, len(data))
	at := func(values []float64, value float64) []float64 {
		changed := slices.Clone(values)
		changed[7] = value
		return changed
	}
	small, _ := onGrid(1, normal(0, 1))
	for _, test := range []struct {
		data, energies []float64
		cell           float64
		message        string
	}{
		{data, nil, cell, "there are no energies"},
		{data, energies, 0, "the area of a cell is 0"},
		{data[1:], energies, cell, "9999 log densities and 10000 energies"},
		{data, at(energies, math.NaN()), cell, "the energy of point 7 is NaN"},
		{data, at(energies, math.Inf(1)), cell, "the energy of point 7 is +Inf"},
		{at(data, math.Inf(1)), energies, cell, "the log density of point 7 is +Inf"},
		{small, energies[:len(small)], cell, "adds up to 0.466 over it, not to 1; take a grid that holds all data"},
	} {
		_, err := metrics.GridKL(test.data, test.energies, test.cell)
		fails(t, err, test.message)
	}
}
