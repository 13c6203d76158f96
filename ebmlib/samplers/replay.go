package samplers

import (
	"fmt"
	"math/rand/v2"
)

// Replay is the replay buffer, which keeps the ends of chains. New chains start from its samples, but each with probability
// Restart from noise.
//
// Full, it makes room for new samples in one of two ways. As the paper has it, it stays a uniform sample of all the chains' ends so
// far, by reservoir sampling. With FIFO it holds the latest: the oldest sample is overwritten.
//
// The rows to read and write are chosen on the host, as a pure function of a random source and of how many samples were seen, so they
// are the same on every engine and need no state of their own. The samples stay on the device, in a node of Rows(batch) rows:
// the Capacity samples, and as many scratch rows as a batch has, which take the samples that are dropped. What else is kept of each
// sample, such as its label, lies in the same rows of another node.
//
// The paper's reference keeps 10,000 samples and restarts with probability 0.001.
type Replay struct {
	Capacity int     `json:"capacity"`
	Restart  float64 `json:"restart"`
	FIFO     bool    `json:"fifo"`
}

// Check returns an error that names the setting that makes no sense.
func (r Replay) Check() error {
	if r.Capacity < 1 {
		return fmt.Errorf("replay buffer: capacity is %d; it must be at least 1 (the paper's is 10000)", r.Capacity)
	}
	if !(r.Restart >= 0 && r.Restart <= 1) {
		return fmt.Errorf("replay buffer: restart probability is %g; it must lie in [0, 1] (the paper's is 0.001)", r.Restart)
	}
	return nil
}

// Rows is the number of rows of the node that holds the buffer.
func (r Replay) Rows(batch int) int { return r.Capacity + batch }

// Len is the number of samples the buffer holds after seen samples.
func (r Replay) Len(seen int) int { return min(seen, r.Capacity) }

// Starts chooses, for each chain of a batch, the row it starts from and whether it starts from noise instead. While the
// buffer is empty all do.
func (r Replay) Starts(random *rand.Rand, seen, batch int) (rows []int32, restart []bool) {
	rows, restart = make([]int32, batch), make([]bool, batch)
	for i := range batch {
		restart[i] = seen == 0 || random.Float64() < r.Restart
		rows[i] = int32(random.IntN(max(r.Len(seen), 1)))
	}
	return rows, restart
}

// Draw chooses count rows among the samples, with replacement.
func (r Replay) Draw(random *rand.Rand, seen, count int) []int32 {
	rows := make([]int32, count)
	for i := range rows {
		rows[i] = int32(random.IntN(max(r.Len(seen), 1)))
	}
	return rows
}

// Slots chooses the row into which each sample of a batch goes when seen samples came before it. Dropped samples get scratch
// rows, and so does a sample whose row a later one of the batch takes, so that all rows differ.
func (r Replay) Slots(random *rand.Rand, seen, batch int) []int32 {
	slots := make([]int32, batch)
	taken := make(map[int]int, batch) // row -> the sample of this batch that has it
	for i := range batch {
		row := r.row(random, seen+i)
		slots[i] = int32(r.Capacity + i)
		if row >= r.Capacity {
			continue
		}
		if earlier, found := taken[row]; found {
			slots[earlier] = int32(r.Capacity + earlier)
		}
		taken[row] = i
		slots[i] = int32(row)
	}
	return slots
}

// row is the row that sample number t (from 0) takes; it is dropped if that lies beyond the buffer.
func (r Replay) row(random *rand.Rand, t int) int {
	if r.FIFO {
		return fifoRow(r.Capacity, t)
	}
	return reservoirRow(random, r.Capacity, t)
}
