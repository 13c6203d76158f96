package metrics_test

import (
	"math"
	"testing"

	"ebm/ebmlib/metrics"
)

func TestInceptionScore(t *testing.T) {
	sure := func(class int) []float64 {
		row := make([]float64, 4)
		row[class] = 1
		return row
	}
	even := []float64{0.25, 0.25, 0.25, 0.25}
	for _, test := range []struct {
		name             string
		rows             [][]float64
		splits           int
		score, deviation float64
	}{
		{"sure, all classes", [][]float64{sure(0), sure(1), sure(2), sure(3)}, 1, 4, 0},
		{"sure, one class", [][]float64{sure(2), sure(2)}, 1, 1, 0},
		{"unsure", [][]float64{even, even, even}, 1, 1, 0},
		{"splits of two and one class", [][]float64{sure(0), sure(1), sure(2), sure(2)}, 2, 1.5, 0.5},
		{"one sure of two", [][]float64{{1, 0}, {0.5, 0.5}}, 1,
			math.Exp((math.Log(1/0.75) + 0.5*math.Log(0.5/0.75) + 0.5*math.Log(0.5/0.25)) / 2), 0},
	} {
		score, deviation, err := metrics.InceptionScore(test.rows, test.splits)
		if err != nil {
			t.Fatal(err)
		}
		near(t, test.name+": score", score, test.score, 1e-12)
		near(t, test.name+": deviation", deviation, test.deviation, 1e-12)
	}
}

func TestInceptionScoreErrors(t *testing.T) {
	for message, rows := range map[string][][]float64{
		"of the probabilities there are 1 rows; at least 2 are needed (2 splits)": {{1, 0}},
		"row 1 has values from -0.5":                      {{1, 0}, {-0.5, 1.5}},
		"row 0 has values from 0.4 on that add up to 0.9": {{0.5, 0.4}, {1, 0}},
		"has NaN": {{1, 0}, {math.NaN(), 1}},
	} {
		_, _, err := metrics.InceptionScore(rows, 2)
		fails(t, err, message)
	}
	_, _, err := metrics.InceptionScore([][]float64{{1, 0}}, 0)
	fails(t, err, "0 splits")
}
