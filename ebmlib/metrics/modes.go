package metrics

import (
	"fmt"

	"gonum.org/v1/gonum/stat"
)

// Coverage is how samples spread over known modes.
type Coverage struct {
	Hit     float64 // the share of modes that have a sample near them
	Near    float64 // the share of samples that are near a mode
	Entropy float64 // -Σ s log s over the modes' shares s of the samples near one, in nats: log(modes) if even, 0 if there are none
	Counts  []int   // the number of samples near each mode
}

// Modes counts the samples [samples][dims] near each of the modes, whose centres [modes][dims] are known. A sample belongs to the
// centre nearest to it, and is near it within the radius. Three standard deviations of a mode are the usual radius (Srivastava et al. 2017,
// "VEEGAN").
//
// Errors: no samples or centres; rows of unequal length; a value that is NaN or infinite; a radius that is not above 0.
func Modes(samples, centres [][]float64, radius float64) (Coverage, error) {
	const measure = "mode coverage"
	if err := checkFeatures(measure, 1, features{"samples", samples}, features{"centres", centres}); err != nil {
		return Coverage{}, err
	}
	if !(radius > 0) {
		return Coverage{}, fmt.Errorf("%s: the radius is %g; it must be above 0, such as three standard deviations of a mode", measure, radius)
	}
	c := Coverage{Counts: make([]int, len(centres))}
	hit, near := 0, 0
	for _, neighbour := range nearest(samples, centres) {
		if neighbour.Distance <= radius {
			c.Counts[neighbour.Index]++
			near++
		}
	}
	shares := make([]float64, len(centres))
	for i, count := range c.Counts {
		if count > 0 {
			hit++
			shares[i] = float64(count) / float64(near)
		}
	}
	c.Hit = float64(hit) / float64(len(centres))
	c.Near = float64(near) / float64(len(samples))
	c.Entropy = stat.Entropy(shares)
	return c, nil
}
