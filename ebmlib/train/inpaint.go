package train

import (
	"fmt"
	"math"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Denoise runs chains of that many steps from the images, or points, x, float32 [n, ...], by the moving average of the weights: what
// the energy finds unlikely in them, as noise is, goes first. The result is of x's shape.
//
// Labels of a conditional energy are one for all of x or one for each. Errors: x of another shape than the run's examples, or not finite.
func (r *Run) Denoise(x *tensors.Tensor, steps int, labels ...int32) (*tensors.Tensor, error) {
	return r.fill(x, nil, Given, steps, labels)
}

// Inpaint is [Run.Denoise] of a part of each of the images, or points, x [n, ...]. Where mask is 1 they are kept, bit for bit; where it
// is 0 the chain runs, from noise or from x as it is there, on the density of these values given the kept ones:
//
//	restored, err := run.Inpaint(images, mask, train.Noise, 300)
//
// mask is float32, of the shape of an example, or [height, width] for all channels alike.
//
// Errors, beside those of Denoise: a mask of another shape, or with another value than 0 and 1; another origin than Noise or Given.
func (r *Run) Inpaint(x, mask *tensors.Tensor, from Origin, steps int, labels ...int32) (*tensors.Tensor, error) {
	return r.fill(x, mask, from, steps, labels)
}

// fill runs chains on the entries of x where mask is 0; a nil mask is 0 everywhere.
func (r *Run) fill(x, mask *tensors.Tensor, from Origin, steps int, labels []int32) (*tensors.Tensor, error) {
	if err := r.trained(); err != nil {
		return nil, err
	}
	fail := func(err error) (*tensors.Tensor, error) {
		return nil, fmt.Errorf("chains of run %s on given examples: %w", r.Dir, err)
	}
	values, err := r.givenValues(x)
	if err != nil {
		return fail(err)
	}
	free, err := r.free(mask)
	if err != nil {
		return fail(err)
	}
	if from != Noise && from != Given {
		return fail(fmt.Errorf("they can't start from %q; take %q or %q", from, Noise, Given))
	}
	if steps < 0 {
		return fail(fmt.Errorf("%d steps were asked for; take 0 or more", steps))
	}
	b, err := r.alone(labels).bind(x.Shape().Dim(0))
	if err != nil {
		return nil, err
	}
	if len(free) > 0 {
		if err := b.fill(values, free, from, steps); err != nil {
			return fail(err)
		}
	}
	return b.tensor(values), nil
}

// givenValues are a copy of x's, which must be examples of the run.
func (r *Run) givenValues(x *tensors.Tensor) ([]float32, error) {
	if x == nil {
		return nil, fmt.Errorf("they are nil: give [n, ...] of shape %v", r.example)
	}
	dims := x.Shape().Dimensions
	if len(dims) == 0 || dims[0] < 1 || !slices.Equal(dims[1:], r.example) {
		return nil, fmt.Errorf("they are %s, and the run's examples of shape %v: give [n, ...] of that shape", x.Shape(), r.example)
	}
	values, err := tensors.CopyFlatData[float32](x)
	if err != nil {
		return nil, fmt.Errorf("they are %s: give float32: %w", x.Shape(), err)
	}
	for i, value := range values {
		if math.IsNaN(float64(value)) || math.IsInf(float64(value), 0) {
			return nil, fmt.Errorf("example %d holds %g: give finite values", i/volume(r.example), value)
		}
	}
	return values, nil
}

// free are the numbers of the values in an example where mask is 0, in order.
func (r *Run) free(mask *tensors.Tensor) ([]int, error) {
	var free []int
	size := volume(r.example)
	if mask == nil {
		for i := range size {
			free = append(free, i)
		}
		return free, nil
	}
	dims := mask.Shape().Dimensions
	if !slices.Equal(dims, r.example) && !(len(r.example) == 3 && slices.Equal(dims, r.example[1:])) {
		return nil, fmt.Errorf("the mask is %s: it must have the shape of an example, %v, or of images be [height, width]", mask.Shape(), r.example)
	}
	values, err := tensors.CopyFlatData[float32](mask)
	if err != nil {
		return nil, fmt.Errorf("the mask is %s: give float32: %w", mask.Shape(), err)
	}
	for i := range size { // A mask [height, width] is that of each channel.
		switch value := values[i%len(values)]; value {
		case 0:
			free = append(free, i)
		case 1:
		default:
			return nil, fmt.Errorf("the mask holds %g: it must be 1 where values are kept, else 0", value)
		}
	}
	return free, nil
}

// fill replaces the free values of each example, by chains in these alone. So their noise and tests know nothing of the others.
func (b *bound) fill(values []float32, free []int, from Origin, steps int) error {
	state, err := b.noise()
	if err != nil {
		return err
	}
	start := values
	if from == Noise {
		if start, err = tensors.CopyFlatData[float32](state[0]); err != nil {
			finalize(state)
			return err
		}
	}
	size := len(values) / b.n
	z := make([]float32, 0, b.n*len(free))
	for i := range b.n {
		for _, k := range free {
			z = append(z, start[i*size+k])
		}
	}
	state[0].FinalizeAll()
	state[0] = tensors.FromFlatDataAndDimensions(z, b.n, len(free))
	chains, err := b.startWithin(state, steps, b.among(values, free))
	if err != nil {
		return err
	}
	defer chains.finalize()
	if z, err = chains.until(steps); err != nil {
		return err
	}
	for i := range b.n {
		for j, k := range free {
			values[i*size+k] = z[i*len(free)+j]
		}
	}
	return nil
}

// among puts values z [n, len(free)] in the free places of the examples: [n, ...].
func (b *bound) among(values []float32, free []int) func(z *Node) *Node {
	size := len(values) / b.n
	if len(free) == size {
		return func(z *Node) *Node { return Reshape(z, b.dims()...) }
	}
	kept := make([]float32, len(values)) // [size, n], for rows are what is gathered
	for i, value := range values {
		kept[i%size*b.n+i/size] = value
	}
	keptRows := tensors.FromFlatDataAndDimensions(kept, size, b.n)
	source := make([]int64, size) // of each value: its row in kept, with z below it
	for k := range source {
		source[k] = int64(k)
	}
	for j, k := range free {
		source[k] = int64(size + j)
	}
	return func(z *Node) *Node {
		rows := Concatenate([]*Node{Const(z.Graph(), keptRows), Transpose(z, 0, 1)}, 0)
		x := Transpose(Gather(rows, Reshape(Const(z.Graph(), source), size, 1)), 0, 1)
		return Reshape(x, b.dims()...)
	}
}
