package samplers

import "math/rand/v2"

// reservoirRow is Vitter's algorithm R, which keeps a uniform sample of a stream: sample number t (from 0) takes row t while there
// is room, then a random one of t+1 rows, of which only the first capacity exist.
func reservoirRow(random *rand.Rand, capacity, t int) int {
	if t < capacity {
		return t
	}
	return random.IntN(t + 1)
}
