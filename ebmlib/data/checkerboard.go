package data

import (
	"math"
	"math/rand/v2"
)

// Checkerboard ("checkerboard") is uniform on the eight like-coloured squares, of side 2, of a 4 x 4 board on [-4, 4)^2:
//
//	p(x, y) = 1/32 if floor(x/2) + floor(y/2) is even and (x, y) is on the board, else 0.
func Checkerboard() Density2D {
	const (
		side = 2.0
		half = 4.0  // the board reaches from -half to half
		area = 32.0 // of the eight squares
	)
	// Within a square, points lie on a lattice that float32 holds exactly: rounding carries none over an edge, to density 0.
	const lattice = 1 << 22
	within := func(rng *rand.Rand) float64 { return float64(rng.IntN(lattice)) / lattice }
	return Density2D{
		Name: "checkerboard",
		Draw: func(rng *rand.Rand) (x, y float64) {
			column := rng.IntN(4)
			row := 2*rng.IntN(2) + column%2
			return side*(float64(column)+within(rng)) - half, side*(float64(row)+within(rng)) - half
		},
		LogDensity: func(x, y float64) float64 {
			onBoard := -half <= x && x < half && -half <= y && y < half
			if !onBoard || math.Mod(math.Floor(x/side)+math.Floor(y/side), 2) != 0 {
				return math.Inf(-1)
			}
			return -math.Log(area)
		},
	}
}
