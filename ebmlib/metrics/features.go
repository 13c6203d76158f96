package metrics

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/floats"
)

// This file has what the measures of sets of features [samples][dims] share.

// features is a set of features by the name that errors call it.
type features struct {
	name string
	rows [][]float64
}

// checkFeatures checks that every set has at least so many rows, that all rows have equally many dimensions, and that all values are
// finite.
func checkFeatures(measure string, least int, sets ...features) error {
	for _, set := range sets {
		if len(set.rows) < least {
			return fmt.Errorf("%s: of the %s there are %d rows; at least %d are needed", measure, set.name, len(set.rows), least)
		}
		dims := len(sets[0].rows[0])
		for i, row := range set.rows {
			if len(row) != dims || dims == 0 {
				return fmt.Errorf("%s: row %d of the %s has %d dimensions and row 0 of the %s has %d; they must be equally many, at least 1",
					measure, i, set.name, len(row), sets[0].name, dims)
			}
			for d, x := range row {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					return fmt.Errorf("%s: row %d of the %s has %g in dimension %d; features must be finite", measure, i, set.name, x, d)
				}
			}
		}
	}
	return nil
}

// squaredDistances are ‖x - y‖² for each y: [len(ys)].
func squaredDistances(x []float64, ys [][]float64) []float64 {
	squared, difference := make([]float64, len(ys)), make([]float64, len(x))
	for i, y := range ys {
		floats.SubTo(difference, x, y)
		squared[i] = floats.Dot(difference, difference)
	}
	return squared
}

// split cuts rows, in their order, into so many parts whose sizes differ by one at most.
func split(rows [][]float64, parts int) [][][]float64 {
	all := make([][][]float64, parts)
	for i := range all {
		all[i] = rows[i*len(rows)/parts : (i+1)*len(rows)/parts]
	}
	return all
}

// without is a copy of values that lacks the one at index.
func without(values []float64, index int) []float64 {
	return slices.Delete(slices.Clone(values), index, index+1)
}

// eachRow calls do with 0 to n-1, in no order, on all processors.
func eachRow(n int, do func(row int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for row := int(next.Add(1)) - 1; row < n; row = int(next.Add(1)) - 1 {
				do(row)
			}
		})
	}
	workers.Wait()
}
