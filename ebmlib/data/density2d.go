package data

import "math/rand/v2"

// Density2D is a probability density on the plane, normalised, that can be sampled and evaluated. Those of this package lie
// within about [-4, 4]^2; another is a literal of this struct.
type Density2D struct {
	Name  string
	Modes [][2]float64 // centres of the separate modes, nil where there are none

	Draw       func(rng *rand.Rand) (x, y float64) // one sample; without it there are none
	LogDensity func(x, y float64) float64          // log p(x, y) in nats; -Inf where p is 0
}

// Sample draws n independent points and returns them as n x 2 coordinates x0, y0, x1, y1, ...
func (d Density2D) Sample(rng *rand.Rand, n int) []float32 {
	points := []float32{}
	if d.Draw == nil {
		return points
	}
	for range n {
		x, y := d.Draw(rng)
		points = append(points, float32(x), float32(y))
	}
	return points
}

// Points makes a set of n points of d, of shape [2], named after d. The same seed gives the same points. Without a Draw it is empty, which
// [Set.Check] refuses.
func Points(d Density2D, n int, seed uint64) *Set {
	rng := rand.New(rand.NewPCG(seed, 0))
	return &Set{Name: d.Name, Shape: []int{2}, Floats: d.Sample(rng, n)}
}

// Densities2D returns the densities of this package.
func Densities2D() []Density2D {
	return []Density2D{EightGaussians(), Rings(), Moons(), Checkerboard(), Pinwheel(), Spirals()}
}
