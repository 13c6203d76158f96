package train

import "math/rand/v2"

// order is the sequence in which a training takes its examples: epochs, each in an order of its own, one after the other. It is a
// pure function of the seed; an epoch's order is kept, for drawing that of a large set takes long.
type order struct {
	seed     int64
	examples int

	epoch int
	of    []int // the epoch's order, nil before the first
}

// rows are the examples from one position of the sequence on.
func (o *order) rows(position, count int) []int {
	rows := make([]int, 0, count)
	for len(rows) < count {
		epoch, first := position/o.examples, position%o.examples
		if o.of == nil || o.epoch != epoch {
			o.epoch, o.of = epoch, rand.New(rand.NewPCG(uint64(o.seed)^0x5bd1e995, uint64(epoch))).Perm(o.examples)
		}
		taken := o.of[first:min(o.examples, first+count-len(rows))]
		rows = append(rows, taken...)
		position += len(taken)
	}
	return rows
}
