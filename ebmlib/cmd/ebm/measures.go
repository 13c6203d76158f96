package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"text/tabwriter"

	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/stat"

	"ebm/ebmlib/data"
	"ebm/ebmlib/features"
	"ebm/ebmlib/metrics"
)

// This file has the measures of ebm eval: of samples, and of held-out examples, against as many training examples as samples.

const (
	evalBlocks     = 10   // of samples, for the kernel distance and the inception score
	evalNeighbours = 3    // for precision and recall, as in the paper of these
	evalNear       = 0.05 // the share of held-out examples that are the nearest to training examples
	nearestAtOnce  = 1000 // training examples in memory as float64
)

// measure is one number of the samples, and of held-out data.
type measure struct {
	Name    string `json:"name"`
	By      string `json:"by"` // what it is of: a network's features, or pixels
	Samples figure `json:"samples"`
	HeldOut figure `json:"held_out"`
}

// figure is a number with its standard error or deviation, where it has one.
type figure struct {
	Value  float64  `json:"value"`
	Spread *float64 `json:"spread,omitempty"`
}

func (f figure) String() string {
	text := strconv.FormatFloat(f.Value, 'g', 4, 64)
	if f.Spread != nil {
		text += " ± " + strconv.FormatFloat(*f.Spread, 'g', 2, 64)
	}
	return text
}

// byFeatures measures images.
func byFeatures(e features.Extractor, samples, heldOut, reference *tensors.Tensor) ([]measure, error) {
	names := []string{"FID", "KID", "inception score", "precision", "recall"}
	ofReference, _, err := e.Extract(reference)
	if err != nil {
		return nil, err
	}
	var figures [2][]figure // of samples, of held-out images
	for i, x := range []*tensors.Tensor{samples, heldOut} {
		of, probabilities, err := e.Extract(x)
		if err != nil {
			return nil, err
		}
		fid, err := metrics.FID(of, ofReference)
		if err != nil {
			return nil, err
		}
		kid, kidError, err := metrics.KID(of, ofReference, evalBlocks)
		if err != nil {
			return nil, err
		}
		score, deviation, err := metrics.InceptionScore(probabilities, evalBlocks)
		if err != nil {
			return nil, err
		}
		precision, recall, err := metrics.PrecisionRecall(of, ofReference, evalNeighbours)
		if err != nil {
			return nil, err
		}
		figures[i] = []figure{{Value: fid}, {kid, &kidError}, {score, &deviation}, {Value: precision}, {Value: recall}}
	}
	var measures []measure
	for i, name := range names {
		measures = append(measures, measure{name, e.Name(), figures[0][i], figures[1][i]})
	}
	return measures, nil
}

// ofPoints measures points, with the median distance among data as bandwidth.
func ofPoints(samples, heldOut, reference *tensors.Tensor) ([]measure, error) {
	ofReference := asRows(reference)
	bandwidth, err := metrics.MedianDistance(asRows(heldOut), ofReference)
	if err != nil {
		return nil, err
	}
	ofSamples, err := metrics.MMD(asRows(samples), ofReference, bandwidth)
	if err != nil {
		return nil, err
	}
	ofHeldOut, err := metrics.MMD(asRows(heldOut), ofReference, bandwidth)
	if err != nil {
		return nil, err
	}
	by := fmt.Sprintf("coordinates, bandwidth %.3g", bandwidth)
	return []measure{{"MMD²", by, figure{Value: ofSamples}, figure{Value: ofHeldOut}}}, nil
}

// nearness measures the L2 distances to the nearest of all training examples, which are small of copies.
func nearness(samples, heldOut *tensors.Tensor, training data.Source) ([]measure, error) {
	distances, err := nearestDistances(slices.Concat(asRows(samples), asRows(heldOut)), training)
	if err != nil {
		return nil, err
	}
	n := samples.Shape().Dim(0)
	ofSamples, ofHeldOut := distances[:n], distances[n:]
	sorted := slices.Sorted(slices.Values(ofHeldOut))
	bound := stat.Quantile(evalNear, stat.Empirical, sorted, nil)
	near := func(distances []float64) figure {
		count := 0
		for _, distance := range distances {
			if distance <= bound {
				count++
			}
		}
		return figure{Value: float64(count) / float64(len(distances))}
	}
	by := "coordinates"
	if training.Info().Images {
		by = "pixels in [0, 1]"
	}
	return []measure{
		{"mean distance to the nearest training example", by, figure{Value: stat.Mean(ofSamples, nil)}, figure{Value: stat.Mean(ofHeldOut, nil)}},
		{fmt.Sprintf("share as near to one as the nearest %g%% held out", 100*evalNear), by, near(ofSamples), near(ofHeldOut)},
	}, nil
}

// nearestDistances are the distances of rows to the nearest training example, of which some are in memory at a time.
func nearestDistances(rows [][]float64, training data.Source) ([]float64, error) {
	all := make([]int, training.Info().Examples)
	for i := range all {
		all[i] = i
	}
	var distances []float64
	for some := range slices.Chunk(all, nearestAtOnce) {
		x, err := readExamples(training, some)
		if err != nil {
			return nil, err
		}
		neighbours, err := metrics.Nearest(rows, asRows(x))
		if err != nil {
			return nil, err
		}
		for i, neighbour := range neighbours {
			if len(distances) < len(rows) {
				distances = append(distances, neighbour.Distance)
			}
			distances[i] = min(distances[i], neighbour.Distance)
		}
	}
	return distances, nil
}

func (r evalResult) print() {
	chains := fmt.Sprintf("%d chain steps each", r.ChainSteps)
	if r.Rounds > 1 {
		chains = fmt.Sprintf("%d rounds of %s", r.Rounds, chains)
	}
	fmt.Printf("run %s at step %d: %d samples from %s, %s\n", r.Run, r.Step, r.Count, r.From, chains)
	fmt.Printf("against %s; held out: %s\n", r.Training, r.HeldOut)
	if r.HeldOutCount < r.Count {
		fmt.Printf("only %d are held out: a Fréchet distance of fewer examples is larger, so the two below don't compare\n", r.HeldOutCount)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer table.Flush()
	fmt.Fprintln(table, "measure\tsamples\theld out\tby")
	for _, m := range r.Measures {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", m.Name, m.Samples, m.HeldOut, m.By)
	}
}
