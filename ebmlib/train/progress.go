package train

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"ebm/ebmlib/plots"
)

// progress shows how a training goes: a bar in a terminal, the energy curve in a notebook, nothing elsewhere.
type progress struct {
	bar  *progressbar.ProgressBar
	live *plots.Live
}

// newProgress starts the bar at a step of steps; live is the figure that a notebook shows.
func newProgress(step, steps int, live *plots.Live) *progress {
	p := &progress{live: live}
	if plots.InNotebook() || !term.IsTerminal(int(os.Stderr.Fd())) {
		return p
	}
	p.bar = progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionFullWidth(), // A line that the terminal wraps can't be written over.
		progressbar.OptionSetDescription("training"),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(200*time.Millisecond),
	)
	p.bar.Set(step)
	return p
}

func (p *progress) update(step int, columns map[string][]float64) {
	if p.bar != nil {
		last := len(columns["step"]) - 1
		p.bar.Describe(fmt.Sprintf("E(data) %+.3f  E(samples) %+.3f", columns["energy_data"][last], columns["energy_samples"][last]))
		p.bar.Set(step)
	}
	p.live.Update(func() plots.Figure { return plots.EnergyCurves(columns) })
}

// close leaves the last state standing.
func (p *progress) close(columns map[string][]float64) {
	if p.bar != nil {
		p.bar.Exit()
		fmt.Fprintln(os.Stderr)
	}
	p.live.Finish(plots.EnergyCurves(columns))
}
