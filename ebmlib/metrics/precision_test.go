package metrics_test

import (
	"math/rand/v2"
	"testing"

	"ebm/ebmlib/metrics"
)

func precisionRecall(t *testing.T, samples, reference [][]float64, k int) (precision, recall float64) {
	t.Helper()
	precision, recall, err := metrics.PrecisionRecall(samples, reference, k)
	if err != nil {
		t.Fatal(err)
	}
	return precision, recall
}

// The reference 0, 1, 10 has the balls [-1, 1], [0, 2] and [1, 19]; the samples 2, 3, 20, 21 have [1, 3], [2, 4], [19, 21] and [20, 22].
// So 2 and 3 belong to the reference, and only 1 of it to the samples. With two neighbours all balls grow.
func TestPrecisionRecallByHand(t *testing.T) {
	samples, reference := [][]float64{{2}, {3}, {20}, {21}}, [][]float64{{0}, {1}, {10}}
	precision, recall := precisionRecall(t, samples, reference, 1)
	near(t, "precision", precision, 0.5, 0)
	near(t, "recall", recall, 1.0/3, 1e-12)
	// Balls of the reference: [-10, 10], [-8, 10], [0, 20]; of the samples: [-16, 20], [-14, 20], [3, 37], [3, 39].
	precision, recall = precisionRecall(t, samples, reference, 2)
	near(t, "precision", precision, 0.75, 0)
	near(t, "recall", recall, 1, 0)
}

// Samples of one of two modes are good, but lack half; samples beside the data are neither.
func TestPrecisionRecallOfModes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	at := func(mean float64) [][]float64 { return normals(random, 300, 2, mean, 1) }
	reference := append(at(-20), at(20)...)
	precision, recall := precisionRecall(t, append(at(20), at(20)...), reference, 3)
	if precision < 0.9 || recall < 0.4 || recall > 0.5 {
		t.Errorf("one of two modes: precision %g, recall %g, want nearly 1 and 1/2", precision, recall)
	}
	precision, recall = precisionRecall(t, at(0), reference, 3)
	near(t, "precision far off", precision, 0, 0)
	near(t, "recall far off", recall, 0, 0)
	precision, recall = precisionRecall(t, reference, reference, 3)
	near(t, "precision of the data", precision, 1, 0)
	near(t, "recall of the data", recall, 1, 0)
}

func TestPrecisionRecallErrors(t *testing.T) {
	badFeatures(t, func(a, b [][]float64) error {
		_, _, err := metrics.PrecisionRecall(a, b, 3)
		return err
	})
	rows := [][]float64{{1}, {2}, {3}}
	_, _, err := metrics.PrecisionRecall(rows, rows, 0)
	fails(t, err, "k is 0")
	_, _, err = metrics.PrecisionRecall(rows, rows, 3)
	fails(t, err, "of the samples there are 3 rows; at least 4 are needed (for 3 neighbours of each)")
}
