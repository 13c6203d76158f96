package metrics_test

import (
	"slices"
	"testing"

	"ebm/ebmlib/metrics"
)

// A copy has the distance 0, exactly; of examples as near as each other the first is told.
func TestNearest(t *testing.T) {
	training := [][]float64{{1e6, 0.1}, {3, 4}, {-3, 4}}
	nearest, err := metrics.Nearest([][]float64{{0, 0}, {1e6, 0.1}, {-3, 5}}, training)
	if err != nil {
		t.Fatal(err)
	}
	if want := []metrics.Neighbour{{1, 5}, {0, 0}, {2, 1}}; !slices.Equal(nearest, want) {
		t.Errorf("%v, want %v", nearest, want)
	}
}

func TestNearestErrors(t *testing.T) {
	badFeatures(t, func(a, b [][]float64) error {
		_, err := metrics.Nearest(a, b)
		return err
	})
	_, err := metrics.Nearest([][]float64{{1}}, [][]float64{{1, 2}})
	fails(t, err, "row 0 of the training examples has 2 dimensions and row 0 of the samples has 1")
}
