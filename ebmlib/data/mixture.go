package data

import "math"

// mixture is a mixture of isotropic Gaussians of one standard deviation s and weights w_i that add up to 1:
//
//	p(x) = sum_i w_i N(x; c_i, s^2 I).
type mixture struct {
	centres [][2]float64
	weights []float64
	std     float64
}

func (m *mixture) logDensity(x, y float64) float64 {
	// The nearest centre's exponent is taken out of the sum, so that far away not every term underflows.
	nearest := math.Inf(1)
	for _, c := range m.centres {
		nearest = min(nearest, squaredDistance(c, x, y))
	}
	variance := m.std * m.std
	var sum float64
	for i, c := range m.centres {
		sum += m.weights[i] * math.Exp((nearest-squaredDistance(c, x, y))/(2*variance))
	}
	return math.Log(sum) - nearest/(2*variance) - math.Log(2*math.Pi*variance)
}

func squaredDistance(c [2]float64, x, y float64) float64 {
	dx, dy := x-c[0], y-c[1]
	return dx*dx + dy*dy
}
