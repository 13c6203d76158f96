package train

import (
	. "github.com/gomlx/gomlx/core/graph"

	"ebm/ebmlib/samplers"
)

// This file has the metrics by which one sees whether samples are still samples; [Guard] judges by them.

// bounds are those within which the chains keep their samples.
func (c Config) bounds() (lowest, highest float64, bounded bool) {
	if chain, can := c.Chain.(samplers.Bounded); can {
		lowest, highest = chain.Bounds()
	}
	return lowest, highest, lowest < highest
}

func (c Config) healthNames() []string {
	var names []string
	if c.Batch > 1 {
		names = append(names, "spread_data", "spread_samples")
	}
	if _, _, bounded := c.bounds(); bounded {
		names = append(names, "inside_data", "inside_samples")
	}
	return names
}

// health measures a batch of data and the samples at the end of their chains, in the order of healthNames.
func (c Config) health(data, samples *Node) []*Node {
	var values []*Node
	if c.Batch > 1 {
		values = append(values, spread(data), spread(samples))
	}
	if lowest, highest, bounded := c.bounds(); bounded {
		values = append(values, inside(data, lowest, highest), inside(samples, lowest, highest))
	}
	return values
}

// spread is the mean distance from a row of x [batch, ...] to the nearest of the others.
func spread(x *Node) *Node {
	x = Reshape(x, x.Shape().Dim(0), -1)
	x = Sub(x, ReduceAndKeep(x, ReduceMean, 0)) // The differences of rows near each other are lost in large squares.
	squares := ReduceSum(Square(x), 1)
	distances := Sub(Add(Reshape(squares, -1, 1), Reshape(squares, 1, -1)), MulScalar(DotGeneral(x, []int{1}, nil, x, []int{1}, nil), 2))
	itself := Diagonal(x.Graph(), x.Shape().Dim(0))
	farthest := ReduceAllMax(distances)
	nearest := ReduceMin(Where(itself, BroadcastToShape(farthest, distances.Shape()), distances), 1)
	return ReduceAllMean(Sqrt(MaxScalar(nearest, 0))) // Rounding may take the square of none below 0.
}

// inside is the share of x's values that are not at a bound, give or take a 256th of the range between them, a grey level.
func inside(x *Node, lowest, highest float64) *Node {
	level := (highest - lowest) / 256
	above := GreaterThan(x, Scalar(x.Graph(), x.DType(), lowest+level))
	below := LessThan(x, Scalar(x.Graph(), x.DType(), highest-level))
	return ReduceAllMean(ConvertDType(LogicalAnd(above, below), x.DType()))
}
