package layers

import (
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// windows are those of [AveragePool] over images of height x width, for XLA: its compiler makes one pass over memory of their positions' sum, where
// products with matrices take several and transpose the images before and after.
type windows struct {
	size, stride, padding int
	height, width         int
}

// pool is the mean of each window of x [batch, channels, height, width]: the sum of size² images, each of one position of every window.
func (w windows) pool(x *Node) *Node {
	value := func() *Node {
		edges := compute.PadAxis{Start: w.padding, End: w.padding}
		padded := Pad(x, ScalarZero(x.Graph(), x.DType()), compute.PadAxis{}, compute.PadAxis{}, edges, edges)
		at := func(offset, inputs int) SliceAxisSpec {
			return AxisRange(offset, offset+(w.outputs(inputs)-1)*w.stride+1).Stride(w.stride)
		}
		return w.mean(func(k, l int) *Node {
			return Slice(padded, AxisRange(), AxisRange(), at(k, w.height), at(l, w.width))
		})
	}
	return composite(value, func(v *Node) []*Node { return []*Node{w.spread(v)} }, x)
}

// spread is pool's transpose, and so its gradient: each position of an image gets the mean's share of every window that it is in.
func (w windows) spread(v *Node) *Node {
	value := func() *Node {
		// Of the outputs those whose position at this offset lies within the image, and the zeros that bring them there.
		at := func(offset, inputs int) (SliceAxisSpec, compute.PadAxis) {
			place := func(output int) int { return output*w.stride + offset - w.padding }
			first, last := 0, w.outputs(inputs)-1
			for first <= last && place(first) < 0 {
				first++
			}
			for last >= first && place(last) >= inputs {
				last--
			}
			return AxisRange(first, last+1), compute.PadAxis{Start: place(first), End: inputs - 1 - place(last), Interior: w.stride - 1}
		}
		return w.mean(func(k, l int) *Node {
			rows, down := at(k, w.height)
			columns, along := at(l, w.width)
			if rows.Start == rows.End || columns.Start == columns.End {
				return nil
			}
			of := Slice(v, AxisRange(), AxisRange(), rows, columns)
			return Pad(of, ScalarZero(v.Graph(), v.DType()), compute.PadAxis{}, compute.PadAxis{}, down, along)
		})
	}
	return composite(value, func(u *Node) []*Node { return []*Node{w.pool(u)} }, v)
}

// outputs is how many windows there are along an axis.
func (w windows) outputs(inputs int) int { return (inputs+2*w.padding-w.size)/w.stride + 1 }

// mean is the sum over a window's offsets of what there is at each, over how many these are.
func (w windows) mean(at func(k, l int) *Node) *Node {
	var sum *Node
	for k := range w.size {
		for l := range w.size {
			switch part := at(k, l); {
			case part == nil:
			case sum == nil:
				sum = part
			default:
				sum = Add(sum, part)
			}
		}
	}
	return MulScalar(sum, 1/float64(w.size*w.size))
}
