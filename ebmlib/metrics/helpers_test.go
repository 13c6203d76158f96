package metrics_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// normals are n draws of the normal distribution with this mean and standard deviation in each of so many dimensions.
func normals(random *rand.Rand, n, dims int, mean, deviation float64) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		for range dims {
			rows[i] = append(rows[i], mean+deviation*random.NormFloat64())
		}
	}
	return rows
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %g, want %g ± %g", what, got, want, tolerance)
	}
}

func fails(t *testing.T, err error, message string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), message) {
		t.Errorf("%v, want an error that says %q", err, message)
	}
}

// badFeatures checks that a measure of two sets refuses what is wrong with either.
func badFeatures(t *testing.T, measure func(a, b [][]float64) error) {
	t.Helper()
	good := [][]float64{{1, 2}, {3, 4}, {5, 7}, {0, 1}}
	swap := func(i int, row []float64) [][]float64 {
		rows := append([][]float64(nil), good...)
		rows[i] = row
		return rows
	}
	fails(t, measure(nil, good), "there are 0 rows")
	fails(t, measure(good, nil), "there are 0 rows")
	fails(t, measure(good, swap(2, []float64{1, math.NaN()})), "has NaN in dimension 1")
	fails(t, measure(swap(1, []float64{math.Inf(-1), 1}), good), "row 1 of the")
	fails(t, measure(good, swap(3, []float64{1})), "row 3 of the")
	fails(t, measure(swap(0, []float64{}), good), "0 dimensions")
	if err := measure(good, good); err != nil {
		t.Error(err)
	}
}
