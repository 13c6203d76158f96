package train

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/internal/machine"
	"ebm/ebmlib/samplers"
)

// This file estimates how much memory samples take, before they take it.

// chainGrowth is how many times what is estimated chains were seen to take on ONNX Runtime, many of whose steps are one graph. On the pure Go engine
// it was 0.8.
const chainGrowth = 4

// fits refuses more samples at once than there is memory for. What their chains take is estimated as that of a training step is, from graphs of few
// samples, for it grows as their number does: engines take memory for a graph of many when it is built.
func (c Composition) fits(s Sampling) error {
	const few = 8
	r := c[0].Run
	const copies = 2 // of the samples when they are done
	if memory, known := machine.ThisMemory(); known {
		if bytes := product(copies*4*int64(volume(r.example)), s.Count); bytes > memory.Available {
			return fmt.Errorf("sampling from %s: %d samples are %s of memory, and this machine has %s for them: lower the count",
				c.name(), s.Count, machine.Bytes(bytes), machine.Bytes(memory.Available))
		}
	}
	limit, of := r.limit(nil)
	batch := s.Count
	if s.Batch > 0 {
		batch = min(batch, s.Batch)
	}
	if limit == 0 || batch <= few {
		return nil
	}
	ofFew, err := c.chainBytes(s, few)
	if err != nil {
		return err
	}
	ofTwice, err := c.chainBytes(s, 2*few)
	if err != nil {
		return err
	}
	bytes := product((ofTwice-ofFew)/few, batch)
	if bytes > limit {
		return fmt.Errorf("sampling from %s: %d samples at once take about %s of memory, and %s has %s for them: lower the count, or have SampleWith "+
			"make them in batches (of the command's, those with --batch)", c.name(), batch, machine.Bytes(bytes), of, machine.Bytes(limit))
	}
	if product(bytes, chainGrowth) > limit {
		fmt.Fprintf(os.Stderr, "WARNING: %d samples at once of %s take about %s of memory, or up to %d times that, and %s has %s for them: if the system "+
			"ends this without a word, make them in smaller batches\n", batch, c.name(), machine.Bytes(bytes), chainGrowth, of, machine.Bytes(limit))
	}
	return nil
}

// chainBytes estimates the most that n samples and the values within a step of their chain take at once.
func (c Composition) chainBytes(s Sampling, n int) (int64, error) {
	c = slices.Clone(c)
	for i := range c {
		c[i].Labels = nil // Which they are is no matter.
	}
	b, err := c.inTurn(n).bind(n)
	if err != nil {
		return 0, err
	}
	if s.Chain != nil {
		b.useChain(s.Chain)
	}
	x := shapes.Make(dtypes.Float32, b.dims()...)
	var bytes int64
	exec, err := model.NewExec(b.first.engine.Backend, b.weights, func(scope *model.Scope, inputs []*Node) []*Node {
		made := b.config.hold(b.energyAt(scope, inputs[0].Graph()), samplers.StateOf(inputs[1:]), inputs[0]).Nodes()
		bytes = x.ByteSize() + valueBytes(b.first.engine, made[0].Graph().Nodes(), made)
		panic(built{})
	})
	if err != nil {
		return 0, err
	}
	defer exec.Finalize()
	if _, err := exec.Compile(shapes.Make(dtypes.Float32, 1), x, RNGStateShape); !errors.As(err, new(built)) {
		return 0, fmt.Errorf("sampling from %s: a step of the chain can't be built: %w", c.name(), err)
	}
	return bytes, nil
}
