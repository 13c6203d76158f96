package samplers

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// AIS is annealed importance sampling (Neal 2001, Statistics and Computing 11). It estimates Z = ∫ exp(-E(x)) dx by chains through
// densities exp(-E_β) that lead from a base, whose normaliser Z_0 is known, to exp(-E):
//
//	E_β = (1-β) E_0 + β E,  0 = β_0 < β_1 < ... < β_Steps = 1
//
// A chain starts at an exact sample x_0 of the base, and makes one step at each β_k, from x_{k-1} to x_k, that leaves exp(-E_β) unchanged.
// Its weight, whose mean over chains is Z, is
//
//	log w = log Z_0 + Σ_k (β_k - β_{k-1}) (E_0 - E)(x_{k-1})
//
// The reverse chain starts at x_Steps and goes the same way backwards. [AIS.Forward] and [AIS.Reverse] run them; what their weights tell of
// Z, the package metrics has: ForwardLogZ, ReverseLogZ and RAISE.
//
// The β lie on a sigmoid, closer together near 0 and 1, where the densities change fastest (Grosse et al. 2015):
//
//	β_k = (s_k - s_0) / (s_Steps - s_0),  s_k = 1/(1 + exp(-4 (2k/Steps - 1)))
type AIS struct {
	// Chain makes the steps. It needs the test of acceptance: [MALA], or [HMC] with Metropolis and Velocity 1. One step size serves all β.
	Chain Chain
	Steps int // how many β there are besides β_0; hundreds to tens of thousands

	// The base is normal with this mean and standard deviation in each coordinate, E_0 = ‖x-Mean‖²/(2 Deviation²), best about as wide as
	// the density itself. If the chain has bounds both are 0, the base is uniform within them, and Z is the integral there.
	Mean, Deviation float64
}

// Check returns an error that names the setting that makes no sense.
func (a AIS) Check() error {
	if a.Chain == nil {
		return fmt.Errorf("ais: there is no chain; take one with a test of acceptance, such as samplers.MALA")
	}
	if err := a.Chain.Check(); err != nil {
		return fmt.Errorf("ais: %w", err)
	}
	if hmc, ok := a.Chain.(HMC); ok && hmc.Velocity != 1 {
		return fmt.Errorf("ais: the velocity of hmc is %g; it must be 1, for samples of exp(-E)", hmc.Velocity)
	}
	if a.Steps < 1 {
		return fmt.Errorf("ais: there are %d steps; take at least 1, and hundreds for an estimate worth having", a.Steps)
	}
	lowest, highest := a.bounds()
	switch {
	case bounded(lowest, highest) && (a.Mean != 0 || a.Deviation != 0):
		return fmt.Errorf("ais: the base is normal with mean %g and deviation %g, and the chain is bounded to [%g, %g]; with bounds the base is "+
			"uniform: leave both 0", a.Mean, a.Deviation, lowest, highest)
	case !bounded(lowest, highest) && !positive(a.Deviation):
		return fmt.Errorf("ais: the standard deviation of the base is %g; it must be above 0 for a chain without bounds", a.Deviation)
	case math.IsNaN(a.Mean) || math.IsInf(a.Mean, 0):
		return fmt.Errorf("ais: the mean of the base is %g; it must be finite", a.Mean)
	}
	return nil
}

// bounds are those of the chain; both 0 for none.
func (a AIS) bounds() (lowest, highest float64) {
	if chain, ok := a.Chain.(Bounded); ok {
		return chain.Bounds()
	}
	return 0, 0
}

// betas are β_0 to β_Steps, as the float32 that the engine gets.
func (a AIS) betas() []float32 {
	sigmoid := func(k int) float64 { return 1 / (1 + math.Exp(-4*(2*float64(k)/float64(a.Steps)-1))) }
	betas := make([]float32, a.Steps+1)
	for k := range betas {
		betas[k] = float32((sigmoid(k) - sigmoid(0)) / (sigmoid(a.Steps) - sigmoid(0)))
	}
	return betas
}

// logZ0 is log Z_0 of the base of that many coordinates.
func (a AIS) logZ0(coordinates int) float64 {
	width := a.Deviation * math.Sqrt(2*math.Pi)
	if lowest, highest := a.bounds(); bounded(lowest, highest) {
		width = highest - lowest
	}
	return float64(coordinates) * math.Log(width)
}

// drawBase draws exact samples of the base.
func (a AIS) drawBase(random *Node, shape shapes.Shape) (newRandom, x *Node) {
	if lowest, highest := a.bounds(); bounded(lowest, highest) {
		random, x = RandomUniform(random, shape)
		return random, AddScalar(MulScalar(x, highest-lowest), lowest)
	}
	random, x = RandomNormal(random, shape)
	return random, AddScalar(MulScalar(x, a.Deviation), a.Mean)
}

// ends are E_0 and E, summed over scales, of x: [batch, 1].
func (a AIS) ends(energy Energy, x *Node) (base, target *Node) {
	target = ReduceAndKeep(energy(x), ReduceSum, 1)
	if bounded(a.bounds()) {
		return ZerosLike(target), target
	}
	squared := squares(AddScalar(x, -a.Mean))
	return Reshape(MulScalar(squared, 0.5/(a.Deviation*a.Deviation)), -1, 1), target
}

// between is E_β: [batch, 1].
func (a AIS) between(energy Energy, beta *Node) Energy {
	return func(x *Node) *Node {
		base, target := a.ends(energy, x)
		return Add(base, Mul(Sub(target, base), beta))
	}
}
