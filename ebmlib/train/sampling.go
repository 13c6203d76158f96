package train

import (
	"fmt"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/samplers"
)

// Sampling says how samples are drawn by [Run.SampleWith]. The paper's reference makes long chains from the replay buffer, in rounds with
// its transitions between them:
//
//	train.Sampling{Count: 64, From: train.Buffer, Rounds: 20, Steps: 40}
type Sampling struct {
	Count  int            // samples
	From   Origin         // Noise or Buffer
	Rounds int            // each but the first begins with the run's transitions of the samples
	Steps  int            // of the chain, in each round
	Chain  samplers.Chain // nil: the run's
}

// Origin says where chains start.
type Origin string

const (
	Noise  Origin = "noise"  // uniform in the run's Start
	Buffer Origin = "buffer" // at samples of the run's replay buffer, drawn at random, none twice before all were once
	Given  Origin = "given"  // at what is given to Run.Inpaint
)

// SampleWith draws samples with more choice than [Run.Sample], which is one round from noise: float32 [Count, ...]. The same call on
// the same checkpoint and engine gives the same samples. A chain of a label starts from samples of that label in the buffer.
//
// Errors, beside those of [Run.Sample]: no rounds; another origin than Noise or Buffer; a buffer without a sample, or without one of a
// label; settings of Chain that make no sense; samples that take more memory than there is.
func (r *Run) SampleWith(s Sampling, labels ...int32) (*tensors.Tensor, error) {
	return r.alone(labels).SampleWith(s)
}

// SampleWith draws samples of the composition as [Run.SampleWith] does of a run; the buffer is the first run's.
func (c Composition) SampleWith(s Sampling) (*tensors.Tensor, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("sampling from %s: %w", c.name(), err)
	}
	if err := c.fits(s); err != nil {
		return nil, err
	}
	b, err := c.inTurn(s.Count).bind(s.Count)
	if err != nil {
		return nil, err
	}
	if s.Chain != nil {
		b.useChain(s.Chain)
	}
	samples, err := b.rounds(s)
	if err != nil {
		return nil, fmt.Errorf("sampling from %s: %w", b.name, err)
	}
	return samples, nil
}

func (s Sampling) check() error {
	switch {
	case s.Count < 1:
		return fmt.Errorf("the Count is %d: take at least 1 sample", s.Count)
	case s.From != Noise && s.From != Buffer:
		return fmt.Errorf("the origin From is %q: chains start from %q or %q", s.From, Noise, Buffer)
	case s.Rounds < 1:
		return fmt.Errorf("the number of Rounds is %d: take at least 1", s.Rounds)
	case s.Steps < 0:
		return fmt.Errorf("the number of Steps is %d: it must not be negative", s.Steps)
	case s.Chain != nil:
		return s.Chain.Check()
	}
	return nil
}

// useChain replaces the run's chain. Its noise is annealed if the run's is, and if it is of the kind that can be.
func (b *bound) useChain(chain samplers.Chain) {
	_, isLangevin := chain.(samplers.Langevin)
	b.config.Chain, b.config.AnnealNoise = chain, b.config.AnnealNoise && isLangevin
}

func (b *bound) rounds(s Sampling) (*tensors.Tensor, error) {
	start := b.noise
	if s.From == Buffer {
		start = b.buffered
	}
	transit, err := NewExec(b.first.engine.Backend, func(x, random *Node) (y, newRandom *Node) {
		newRandom, y = b.config.Transitions.Apply(random, x)
		return y, newRandom
	})
	if err != nil {
		return nil, err
	}
	defer transit.Finalize()
	state, err := start()
	if err != nil {
		return nil, err
	}
	chains, err := b.start(state, s.Steps)
	if err != nil {
		return nil, err
	}
	defer chains.finalize()
	samples, err := chains.until(s.Steps)
	for round := 1; round < s.Rounds && err == nil; round++ {
		if err = chains.restart(transit); err == nil {
			samples, err = chains.until(s.Steps)
		}
	}
	if err != nil {
		return nil, err
	}
	return b.tensor(samples), nil
}

// buffered is the state of chains that start from samples of the first run's replay buffer.
func (b *bound) buffered() ([]*tensors.Tensor, error) {
	rows, err := b.bufferRows()
	if err != nil {
		return nil, err
	}
	random, err := RNGStateFromSeed(b.config.Seed + 1)
	if err != nil {
		return nil, err
	}
	defer random.FinalizeAll()
	exec := model.MustNewExec(b.first.engine.Backend, b.first.store, func(scope *model.Scope, random, rows *Node) (x, newRandom *Node) {
		buffer := scope.Store().GetVariable(replayPath).NodeValue(rows.Graph())
		newRandom, x = images(random, samplers.Rows(buffer, rows), nil)
		return x, newRandom
	})
	defer exec.Finalize()
	return exec.Call(random, rows)
}

// bufferRows chooses a row of the buffer for each sample, of its label.
func (b *bound) bufferRows() ([]int32, error) {
	r := b.first
	held := r.Config.Replay.Len(r.step * r.Config.Batch)
	if held == 0 {
		return nil, fmt.Errorf("its replay buffer holds nothing yet: train it first, or start from %q", Noise)
	}
	kept := make([]int32, held) // labels
	if len(b.labels) > 0 {
		all, err := tensors.CopyFlatData[int32](r.store.GetVariable(labelsPath).MustValue())
		if err != nil {
			return nil, err
		}
		copy(kept, all)
	}
	random := rand.New(rand.NewPCG(uint64(r.Config.Seed+1), uint64(r.step)))
	byLabel := make(map[int32][]int32) // label -> its rows, in random order
	for _, row := range random.Perm(held) {
		byLabel[kept[row]] = append(byLabel[kept[row]], int32(row))
	}
	rows, used := make([]int32, b.n), make(map[int32]int)
	for i := range rows {
		var label int32
		if len(b.labels) > 0 {
			label = b.labels[i]
		}
		of := byLabel[label]
		if len(of) == 0 {
			return nil, fmt.Errorf("none of the %d samples in its replay buffer has the label %d: start from %q", held, label, Noise)
		}
		rows[i] = of[used[label]%len(of)]
		used[label]++
	}
	return rows, nil
}
