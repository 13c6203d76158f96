package data

import (
	"math"
	"math/rand/v2"
)

// EightGaussians ("eight-gaussians") is the equal mixture of eight isotropic Gaussians with centres evenly spaced on a circle,
// in the customary proportions: radius 4/sqrt(2), standard deviation 0.5/sqrt(2),
//
//	p(x) = 1/8 sum_k N(x; 2 sqrt(2) (cos k pi/4, sin k pi/4), 1/8 I),  k = 0..7.
//
// Modes has the centres in the order of k.
func EightGaussians() Density2D {
	const (
		count  = 8
		radius = 4 / math.Sqrt2
		std    = 0.5 / math.Sqrt2
	)
	m := mixture{std: std}
	for k := range count {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / count)
		m.centres = append(m.centres, [2]float64{radius * cos, radius * sin})
		m.weights = append(m.weights, 1.0/count)
	}
	return Density2D{
		Name:  "eight-gaussians",
		Modes: m.centres,
		Draw: func(rng *rand.Rand) (x, y float64) {
			c := m.centres[rng.IntN(count)]
			return c[0] + std*rng.NormFloat64(), c[1] + std*rng.NormFloat64()
		},
		LogDensity: m.logDensity,
	}
}
