package metrics

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// LogZ is an estimate of log Z, Z = ∫ exp(-E(x)) dx, in nats.
type LogZ struct {
	Value         float64
	StandardError float64 // by the jackknife over chains
	// Chains is the effective number of chains, (Σw)²/Σw² of weights w (Kong et al. 1994). Where it is close to 1 a single chain decides,
	// and neither the estimate nor its standard error is worth anything: take more intermediate distributions.
	Chains float64
}

// ForwardLogZ estimates log Z from the log weights [chains] of annealed importance sampling (Neal 2001), whose weights have the mean
// Z:
//
//	log 1/n Σ w_i
//
// By Jensen's inequality its expectation lies below log Z: it is a stochastic lower bound. With few intermediate distributions it may lie
// far below without that showing; [ReverseLogZ] tells.
//
// Errors: less than 2 chains; a log weight that is NaN or infinite.
func ForwardLogZ(logWeights []float64) (LogZ, error) {
	if err := checkNumbers("log weight", logWeights); err != nil {
		return LogZ{}, err
	}
	return logMean(logWeights), nil
}

// ReverseLogZ estimates log Z from the log weights [chains] of chains that go the other way, from exact samples of the energy to the
// base distribution, and of which 1/w has the mean 1/Z:
//
//	-log 1/n Σ 1/w_i
//
// Its expectation lies above log Z: it is a stochastic upper bound, and log Z lies between it and [ForwardLogZ] (bidirectional Monte Carlo,
// Grosse et al. 2015). Of chains that start elsewhere than at exact samples it is no bound; for those that start at data see
// [RAISE].
//
// Errors: those of [ForwardLogZ].
func ReverseLogZ(logWeights []float64) (LogZ, error) {
	if err := checkNumbers("log weight", logWeights); err != nil {
		return LogZ{}, err
	}
	inverse := slices.Clone(logWeights)
	floats.Scale(-1, inverse)
	z := logMean(inverse)
	z.Value = -z.Value
	return z, nil
}

// RAISE is a stochastic lower bound on the mean log likelihood of examples, in nats, with its standard error over examples:
//
//	mean of -E(x_i) - log w_i
//
// from their energies [examples] and the log weights [examples] of reverse chains of which each starts at one of them (Burda et al. 2015,
// the reverse AIS estimator). The likelihood is that under the distribution of where forward chains end, which comes close to the
// model's with many intermediate distributions. The expectation lies below it, while that of mean(-E) less [ForwardLogZ] lies above the
// model's.
//
// Errors: less than 2 examples; another number of energies; an energy or log weight that is NaN or infinite.
func RAISE(energies, logWeights []float64) (logLikelihood, standardError float64, err error) {
	if len(energies) != len(logWeights) {
		return 0, 0, fmt.Errorf("annealed importance sampling: %d energies and %d log weights; each example has one of both",
			len(energies), len(logWeights))
	}
	if err := checkNumbers("energy", energies); err != nil {
		return 0, 0, err
	}
	if err := checkNumbers("log weight", logWeights); err != nil {
		return 0, 0, err
	}
	each := make([]float64, len(energies))
	floats.SubTo(each, each, energies)
	floats.Sub(each, logWeights)
	mean, deviation := stat.MeanStdDev(each, nil)
	return mean, deviation / math.Sqrt(float64(len(each))), nil
}

// logMean is the logarithm of the mean of weights.
func logMean(logWeights []float64) LogZ {
	n := len(logWeights)
	sum := floats.LogSumExp(logWeights)
	doubled := slices.Clone(logWeights)
	floats.Scale(2, doubled)

	// The sum without each weight in turn is that of those before it and those behind it, which does not cancel as a difference would.
	before, behind := math.Inf(-1), make([]float64, n+1)
	behind[n] = math.Inf(-1)
	for i := n - 1; i >= 0; i-- {
		behind[i] = floats.LogSumExp([]float64{behind[i+1], logWeights[i]})
	}
	left := make([]float64, n)
	for i, w := range logWeights {
		left[i] = floats.LogSumExp([]float64{before, behind[i+1]})
		before = floats.LogSumExp([]float64{before, w})
	}
	return LogZ{
		Value:         sum - math.Log(float64(n)),
		StandardError: math.Sqrt(float64(n-1) * stat.PopVariance(left, nil)),
		Chains:        math.Exp(2*sum - floats.LogSumExp(doubled)),
	}
}

func checkNumbers(what string, numbers []float64) error {
	if len(numbers) < 2 {
		return fmt.Errorf("annealed importance sampling: there are %d chains; the standard error needs at least 2", len(numbers))
	}
	for i, v := range numbers {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("annealed importance sampling: the %s of chain %d is %g; it must be finite", what, i, v)
		}
	}
	return nil
}
