package samplers

import (
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Reservoir is the replay buffer: a uniform sample, by reservoir sampling, of all the chains' ends so far. New chains start
// from its samples, but each with probability Restart from noise.
//
// The rows to read and write are chosen on the host, as a pure function of a random source and of how many samples were seen, so they
// are the same on every engine and need no state of their own. The samples stay on the device, in a node of Rows(batch) rows:
// the Capacity samples, and as many scratch rows as a batch has, which take the samples that the reservoir drops.
//
// The paper's reference keeps 10,000 samples and restarts with probability 0.001.
type Reservoir struct {
	Capacity int     `json:"capacity"`
	Restart  float64 `json:"restart"`
}

// Check returns an error that names the setting that makes no sense.
func (r Reservoir) Check() error {
	if r.Capacity < 1 {
		return fmt.Errorf("replay buffer: capacity is %d; it must be at least 1 (the paper's is 10000)", r.Capacity)
	}
	if !(r.Restart >= 0 && r.Restart <= 1) {
		return fmt.Errorf("replay buffer: restart probability is %g; it must lie in [0, 1] (the paper's is 0.001)", r.Restart)
	}
	return nil
}

// Rows is the number of rows of the node that holds the buffer.
func (r Reservoir) Rows(batch int) int { return r.Capacity + batch }

// Len is the number of samples the buffer holds after seen samples.
func (r Reservoir) Len(seen int) int { return min(seen, r.Capacity) }

// Starts chooses, for each chain of a batch, the row it starts from and whether it starts from noise instead. While the
// buffer is empty all do.
func (r Reservoir) Starts(random *rand.Rand, seen, batch int) (rows []int32, restart []bool) {
	rows, restart = make([]int32, batch), make([]bool, batch)
	for i := range batch {
		restart[i] = seen == 0 || random.Float64() < r.Restart
		rows[i] = int32(random.IntN(max(r.Len(seen), 1)))
	}
	return rows, restart
}

// Draw chooses count rows among the samples, with replacement.
func (r Reservoir) Draw(random *rand.Rand, seen, count int) []int32 {
	rows := make([]int32, count)
	for i := range rows {
		rows[i] = int32(random.IntN(max(r.Len(seen), 1)))
	}
	return rows
}

// Slots chooses the row into which each sample of a batch goes when seen samples came before it: sample number t (from 0)
// takes row t while there is room, then a random one of t+1, and is dropped if that lies beyond the buffer (Vitter's
// algorithm R). Dropped samples get scratch rows, and so does a sample whose row a later one of the batch takes, so
// that all rows differ.
func (r Reservoir) Slots(random *rand.Rand, seen, batch int) []int32 {
	slots := make([]int32, batch)
	taken := make(map[int]int, batch) // row -> the sample of this batch that has it
	for i := range batch {
		row := seen + i
		if row >= r.Capacity {
			row = random.IntN(seen + i + 1)
		}
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

// Rows gathers rows [n] of a node [m, ...]: [n, ...].
func Rows(x, rows *Node) *Node {
	return Gather(x, Reshape(rows, -1, 1))
}

// SetRows returns x [m, ...] with the rows [n], which all differ, replaced by values [n, ...].
func SetRows(x, rows, values *Node) *Node {
	rows = ConvertDType(rows, dtypes.Int64) // ONNX Runtime scatters by int64 only.
	return ScatterUpdate(x, Reshape(rows, -1, 1), values, false, true)
}

// FromBytes makes images in [0, 1) of bytes k: (k + u)/256 with u uniform in [0, 1), which spreads each intensity evenly
// over its interval.
//
// Of u it keeps 16 binary digits: the sum then has at most 24, as many as a float32, so that it is never rounded up to k + 1.
func FromBytes(bytes, uniform *Node) *Node {
	digits := MulScalar(Floor(MulScalar(uniform, 1<<16)), 1.0/(1<<16))
	return MulScalar(Add(ConvertDType(bytes, uniform.DType()), digits), 1.0/256)
}

// ToBytes is the byte whose interval each value in [0, 1] lies in: ⌊256 x⌋, and 255 for 1. It undoes [FromBytes] exactly.
func ToBytes(x *Node) *Node {
	return ConvertDType(MinScalar(Floor(MulScalar(x, 256)), 255), dtypes.Uint8)
}
