package bench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/layers"
)

// Peak is the highest speed at which an engine multiplies square matrices on this machine.
type Peak struct {
	Engine    string  `json:"engine"`
	Device    string  `json:"device"`
	GPU       bool    `json:"gpu"`
	Precision string  `json:"precision"`       // "float32", or "tf32" or "bfloat16" with sums in float32
	Size      int     `json:"size"`            // of the matrices
	FLOPS     float64 `json:"flop_per_second"` // 2 Size³ operations a product
}

const (
	smallestSize = 512
	largestSize  = 8192                   // a GPU is not fully busy with less
	productBusy  = 50 * time.Millisecond  // a product of this length is large enough
	callBusy     = 100 * time.Millisecond // and so is a call of this length, of several products
	triesTime    = time.Second            // of all tries with products of one size
	mostProducts = 512                    // of a call
)

// MatrixPeak measures the peak of an engine: of matrices of 512 x 512 and, as long as the device multiplies them within 50 ms, of twice
// that size and so on up to 8192; the best of several tries. It is an error if the engine has no products in that precision.
func MatrixPeak(engine *backends.Engine, precision string) (Peak, error) {
	best := Peak{Engine: engine.Kind, Device: device(engine), GPU: onGPU(engine), Precision: precision}
	kind, known := map[string]dtypes.DType{float32s: dtypes.Float32, tf32s: dtypes.Float32, bfloat16s: dtypes.BFloat16}[precision]
	if !known || !layers.Multiplies(engine.Backend, kind) || precision == tf32s && !onGPU(engine) {
		return best, fmt.Errorf("the engine %s has no matrix products in %q", engine.Kind, precision)
	}
	if precision == float32s {
		withAllDigits(engine)
	}
	for size := smallestSize; size <= largestSize; size *= 2 {
		seconds, err := productTime(engine, kind, size)
		if err != nil {
			return best, err
		}
		if flops := 2 * math.Pow(float64(size), 3) / seconds; flops > best.FLOPS {
			best.Size, best.FLOPS = size, flops
		}
		if seconds > productBusy.Seconds() {
			break
		}
	}
	return best, nil
}

// productTime is the least time of a product of two square matrices, in seconds. Many go into one graph where one is too short to be
// timed.
func productTime(engine *backends.Engine, kind dtypes.DType, size int) (float64, error) {
	// Random, for processors multiply zeros at less power; of a variance that keeps long products finite.
	random, values := rand.New(rand.NewPCG(1, 2)), make([]float32, size*size)
	for i := range values {
		values[i] = float32((2*random.Float64() - 1) * math.Sqrt(3/float64(size)))
	}
	x := tensors.FromFlatDataAndDimensions(values, size, size)
	defer x.FinalizeAll()
	alone, err := callTime(engine, kind, x, 1, 0)
	if err != nil || alone > callBusy.Seconds() {
		return alone, err
	}
	// A lone short product's time is that of the call, so that there may be some times too few; with the largest they are enough.
	products := min(mostProducts, 2*int(math.Ceil(callBusy.Seconds()/alone)))
	seconds, err := callTime(engine, kind, x, products, triesTime)
	return seconds / float64(products), err
}

// callTime is the least time of a call that makes so many products of x, one after the other, in seconds: of all tries within the time given, at
// least three.
func callTime(engine *backends.Engine, kind dtypes.DType, x *tensors.Tensor, products int, within time.Duration) (float64, error) {
	exec, err := NewExec(engine.Backend, func(x *Node) *Node {
		x = ConvertDType(x, kind)
		y := x
		for range products {
			y = Dot(x, y).Product()
		}
		return ReduceAllSum(ConvertDType(y, dtypes.Float32))
	})
	if err != nil {
		return 0, err
	}
	defer exec.Finalize()
	least, began := math.Inf(1), time.Now()
	for try := 0; try < 3 || time.Since(began) < within; try++ { // The first compiles.
		start := time.Now()
		outputs, err := exec.Call(x)
		if err != nil {
			return 0, err
		}
		tensors.ToScalar[float32](outputs[0]) // It is done when the host has a number.
		least = min(least, time.Since(start).Seconds())
		outputs[0].FinalizeAll()
	}
	return least, nil
}
