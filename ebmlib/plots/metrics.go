package plots

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// column returns the values of a column beside those of "step".
func column(metrics map[string][]float64, name string) (steps, values []float64, err error) {
	if len(metrics) == 0 {
		return nil, nil, errors.New("the metrics are empty: train at least one step first")
	}
	for _, need := range []string{"step", name} {
		if _, ok := metrics[need]; !ok {
			there := strings.Join(slices.Sorted(maps.Keys(metrics)), ", ")
			return nil, nil, fmt.Errorf("no column %q in the metrics: choose from %s", need, there)
		}
	}
	steps, values = metrics["step"], metrics[name]
	if len(steps) == 0 {
		return nil, nil, errors.New("the metrics have no rows: train at least one step first")
	}
	if len(steps) != len(values) {
		return nil, nil, fmt.Errorf("column %q has %d values but \"step\" has %d: a row needs both", name, len(values), len(steps))
	}
	for row, step := range steps {
		if !finite(step) {
			return nil, nil, fmt.Errorf("column \"step\" is %v in row %d: steps must be finite", step, row)
		}
	}
	return steps, values, nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// movingAverage returns at each index the mean of the last window values up to
// it, and NaN where the value itself is not finite. Values in the window that
// are not finite do not count.
func movingAverage(values []float64, window int) []float64 {
	averages := make([]float64, len(values))
	for i, v := range values {
		if !finite(v) {
			averages[i] = math.NaN()
			continue
		}
		sum, count := 0.0, 0.0
		for _, w := range values[max(0, i+1-window) : i+1] {
			if finite(w) {
				sum, count = sum+w, count+1
			}
		}
		averages[i] = sum / count
	}
	return averages
}
