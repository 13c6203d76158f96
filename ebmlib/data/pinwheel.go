package data

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
)

// Pinwheel ("pinwheel") is five Gaussian arms, each as likely, bent into a pinwheel. An arm is the Gaussian with mean
// (2, 0) and standard deviations 0.6 along and 0.2 across it; a point at distance r from the origin is then turned by
//
//	a_k(r) = 2 pi k / 5 + exp(r/2) / 4,  k = 0..4.
//
// A turn by an angle that depends on r alone keeps r and preserves area, so with R(a) the rotation by a,
//
//	p(x) = 1/5 sum_k N(R(-a_k(|x|)) x; (2, 0), diag(0.6^2, 0.2^2)).
//
// The pinwheel of Johnson et al. (2016), at twice its size, takes the coordinate along the arm in place of r.
// Beyond r = 1400 the angle overflows and log p is NaN.
func Pinwheel() Density2D {
	const (
		arms   = 5
		mean   = 2
		along  = 0.6
		across = 0.2
	)
	angle := func(arm int, r float64) float64 {
		return 2*math.Pi*float64(arm)/arms + math.Exp(r/2)/4
	}
	return Density2D{
		Name: "pinwheel",
		Draw: func(rng *rand.Rand) (x, y float64) {
			x, y = mean+along*rng.NormFloat64(), across*rng.NormFloat64()
			return rotate(x, y, angle(rng.IntN(arms), math.Hypot(x, y)))
		},
		LogDensity: func(x, y float64) float64 {
			r := math.Hypot(x, y)
			var exponents [arms]float64
			for k := range arms {
				u, v := rotate(x, y, -angle(k, r))
				exponents[k] = -(u-mean)*(u-mean)/(2*along*along) - v*v/(2*across*across)
			}
			return floats.LogSumExp(exponents[:]) - math.Log(arms*2*math.Pi*along*across)
		},
	}
}

// rotate turns (x, y) about the origin by an angle in radians.
func rotate(x, y, angle float64) (float64, float64) {
	sin, cos := math.Sincos(angle)
	return cos*x - sin*y, sin*x + cos*y
}
