package plots

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// ticks marks an axis at about count multiples of 1, 2 or 5 times a power of
// ten, but of no less than least, each with its label.
type ticks struct {
	count int
	least float64
}

// Ticks implements [plot.Ticker].
func (t ticks) Ticks(low, high float64) []plot.Tick {
	step := max(t.least, roundStep((high-low)/float64(t.count)))
	label := labelFormat(low, high, step)
	first := math.Ceil(low / step)
	count := int(math.Floor(high/step) - first)
	var marks []plot.Tick
	for i := range count + 1 {
		value := (first + float64(i)) * step
		marks = append(marks, plot.Tick{Value: value, Label: label(value)})
	}
	return marks
}

// logTicks marks a logarithmic axis at 1, 2, ..., 9 times each power of ten, and
// labels the powers; on an axis of less than two of them, where that would be
// hardly a label, 2 and 5 times a power too.
type logTicks struct{}

// Ticks implements [plot.Ticker].
func (logTicks) Ticks(low, high float64) []plot.Tick {
	var marks []plot.Tick
	for power := math.Floor(math.Log10(low)); power <= math.Log10(high); power++ {
		for digit := 1; digit <= 9; digit++ {
			value := float64(digit) * math.Pow(10, power)
			if value < low*(1-1e-9) || value > high*(1+1e-9) {
				continue
			}
			mark := plot.Tick{Value: value}
			if digit == 1 || high/low < 100 && (digit == 2 || digit == 5) {
				mark.Label = strconv.FormatFloat(value, 'g', 12, 64) // digits enough, and few enough to drop what rounding adds
			}
			marks = append(marks, mark)
		}
	}
	return marks
}

// roundStep returns 1, 2, 5 or 10 times a power of ten, whichever is nearest.
func roundStep(step float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(step)))
	switch leading := step / power; {
	case leading < 1.5:
		return power
	case leading < 3.5:
		return 2 * power
	case leading < 7.5:
		return 5 * power
	default:
		return 10 * power
	}
}

// labelFormat returns how to write the values between low and high: with as
// many digits as tell multiples of step apart, and with an exponent where
// zeros would fill the label.
func labelFormat(low, high, step float64) func(float64) string {
	largest := math.Max(math.Abs(low), math.Abs(high))
	last := math.Floor(math.Log10(step)) // the power of ten of the last digit to write
	format, digits := byte('f'), max(0, int(-last))
	if largest >= 1e7 || step < 1e-4 {
		format, digits = 'g', max(1, int(math.Floor(math.Log10(largest))-last)+1)
	}
	return func(value float64) string { return strconv.FormatFloat(value, format, digits, 64) }
}

// spread returns the range, opened around its middle if it is a single value,
// by enough to differ in floating point.
func spread(low, high float64) (float64, float64) {
	if low != high {
		return low, high
	}
	half := math.Max(0.5, math.Abs(low)/2)
	return low - half, high + half
}
