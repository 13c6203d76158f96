package train

import (
	"errors"
	"fmt"
	"math"
)

// Guard says when a training has failed, and what is done then. It looks at the metrics after each step: at the step's own for energies
// and for what is not finite, else at those of the last Window steps, once there are so many. It never changes a value to go on.
type Guard struct {
	MaxEnergy     float64 `json:"max_energy"`     // of |mean E|, of the data or of the samples, in one step
	MaxDifference float64 `json:"max_difference"` // of |E(data) - E(samples)|, mean over the window
	MaxGradient   float64 `json:"max_gradient"`   // of the gradient norm: its median in the window over that in the four windows before
	MaxMove       float64 `json:"max_move"`       // of the distance a chain's step moves a sample, mean over the window, over the diagonal of Start
	MinMove       float64 `json:"min_move"`       // of the part of that distance that is the gradient's; and of the acceptance
	MinSpread     float64 `json:"min_spread"`     // of spread_samples over spread_data, means over the window
	MinInside     float64 `json:"min_inside"`     // of inside_samples over inside_data, likewise

	Window int `json:"window"` // steps

	// GoBack is how many times a run that failed goes back to its last good checkpoint and on from there, its learning rate multiplied by
	// Slower; 0: it stops.
	GoBack int     `json:"go_back"`
	Slower float64 `json:"slower"`
}

// DefaultGuard stops at a failed step. Its bound on energies is that of the paper's reference; the others are meant to be passed by no
// training that is well.
func DefaultGuard() Guard {
	return Guard{
		MaxEnergy: 10, MaxDifference: 5, MaxGradient: 100, MaxMove: 0.5, MinMove: 1e-6, MinSpread: 0.02, MinInside: 0.02,
		Window: 50, Slower: 0.5,
	}
}

// Check returns an error that names every setting that makes no sense.
func (g Guard) Check() error {
	var problems []error
	refuse := func(bad bool, format string, values ...any) {
		if bad {
			problems = append(problems, fmt.Errorf(format, values...))
		}
	}
	usual := DefaultGuard()
	for _, bound := range []struct {
		name         string
		value, usual float64
	}{
		{"MaxEnergy", g.MaxEnergy, usual.MaxEnergy}, {"MaxDifference", g.MaxDifference, usual.MaxDifference},
		{"MaxGradient", g.MaxGradient, usual.MaxGradient}, {"MaxMove", g.MaxMove, usual.MaxMove},
	} {
		refuse(!(bound.value > 0) || math.IsInf(bound.value, 1), "Guard.%s is %g: it must be above 0 and finite (as usual: %g)",
			bound.name, bound.value, bound.usual)
	}
	for _, share := range []struct {
		name  string
		value float64
	}{{"MinMove", g.MinMove}, {"MinSpread", g.MinSpread}, {"MinInside", g.MinInside}} {
		refuse(!(share.value >= 0 && share.value < 1), "Guard.%s is %g: it must lie in [0, 1), 0 for no bound", share.name, share.value)
	}
	refuse(g.Window < 1, "Guard.Window is %d: it must be at least 1 step (as usual: %d)", g.Window, usual.Window)
	refuse(g.GoBack < 0, "Guard.GoBack is %d: it must not be negative (0: stop)", g.GoBack)
	refuse(g.GoBack > 0 && !(g.Slower > 0 && g.Slower <= 1), "Guard.Slower is %g: it must lie in (0, 1], the factor on the learning rate each time",
		g.Slower)
	return errors.Join(problems...)
}
