package train

import (
	"fmt"
	"iter"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

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
	Batch  int            // how many chains are made at once, at most, which bounds the memory; 0: all
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
	case s.Batch < 0:
		return fmt.Errorf("the Batch is %d: it must not be negative (0: all chains at once)", s.Batch)
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

// rounds makes the chains, batch after batch.
func (b *bound) rounds(s Sampling) (*tensors.Tensor, error) {
	rows := make([]int32, b.n)
	var err error
	if s.From == Buffer {
		if rows, err = b.bufferRows(); err != nil {
			return nil, err
		}
	}
	starter, err := b.starter(s.From)
	if err != nil {
		return nil, err
	}
	defer starter.Finalize()
	transit, err := NewExec(b.first.engine.Backend, func(x, random *Node) (y, newRandom *Node) {
		newRandom, y = b.config.Transitions.Apply(random, x)
		return y, newRandom
	})
	if err != nil {
		return nil, err
	}
	defer transit.Finalize()
	first, err := b.random()
	if err != nil {
		return nil, err
	}
	defer first.FinalizeAll()

	random := first
	var chains *chains
	bar := newBar(s.batchCount()*s.Rounds*s.Steps, "sampling")
	defer endBar(bar)
	defer func() {
		if chains != nil {
			chains.finalize()
		}
	}()
	samples := make([]float32, 0, product(int64(b.n), volume(b.first.example)))
	for from, to := range s.batches() {
		state, err := starter.Call(random, rows[from:to])
		if err != nil {
			return nil, err
		}
		if batch := b.slice(from, to); chains == nil {
			if chains, err = batch.start(state, s.Steps); err != nil {
				return nil, err
			}
			if bar != nil {
				chains.report = func(steps int) { bar.Add(steps) }
			}
		} else {
			chains.begin(state)
			chains.labels = batch.given()
		}
		made, err := chains.until(s.Steps)
		for round := 1; round < s.Rounds && err == nil; round++ {
			if err = chains.restart(transit); err == nil {
				made, err = chains.until(s.Steps)
			}
		}
		if err != nil {
			return nil, err
		}
		samples = append(samples, made...)
		random = chains.state[1]
	}
	return b.tensor(samples), nil
}

func (s Sampling) batchCount() int {
	if s.Batch == 0 {
		return 1
	}
	return (s.Count-1)/s.Batch + 1
}

// batches are the numbers of the first sample of each batch, and of that after its last. They are about even, so that engines have one graph, or
// two, to compile.
func (s Sampling) batches() iter.Seq2[int, int] {
	count := s.batchCount()
	return func(yield func(from, to int) bool) {
		for i := range count {
			if !yield(i*s.Count/count, (i+1)*s.Count/count) {
				return
			}
		}
	}
}

// bufferRows chooses a row of the buffer for each sample, of its label.
func (b *bound) bufferRows() ([]int32, error) {
	r := b.first
	held := r.Config.Replay.Len(r.step * r.Config.Batch)
	if held == 0 {
		return nil, fmt.Errorf("its replay buffer holds nothing yet: train it first, or start from %q", Noise)
	}
	kept := make([]int32, held) // labels
	wanted := b.labels[0]
	if len(wanted) > 0 {
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
		if len(wanted) > 0 {
			label = wanted[i]
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
