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
	bar       *progressbar.ProgressBar
	live      *plots.Live
	compiling time.Time // since when the first step is being compiled; zero once it is
}

// newProgress starts the bar at a step of steps; live is the figure that a notebook shows. Where the step is yet to be
// compiled, it tells how long that takes, if that is longer than a second.
func newProgress(step, steps int, compiled bool, live *plots.Live) *progress {
	p := &progress{live: live}
	description := "training"
	if !compiled {
		p.compiling = time.Now()
		description = "compiling the training step"
	}
	if p.bar = newBar(steps, description); p.bar != nil {
		p.bar.Set(step)
	}
	return p
}

// newBar is a bar of that many steps in a terminal, and nil elsewhere or without steps.
func newBar(steps int, description string) *progressbar.ProgressBar {
	if steps == 0 || plots.InNotebook() || !term.IsTerminal(int(os.Stderr.Fd())) {
		return nil
	}
	return progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionFullWidth(), // A line that the terminal wraps can't be written over.
		progressbar.OptionSetDescription(description),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(200*time.Millisecond),
	)
}

// endBar leaves the bar's last state standing, if there is a bar.
func endBar(bar *progressbar.ProgressBar) {
	if bar != nil {
		bar.Exit()
		fmt.Fprintln(os.Stderr)
	}
}

func (p *progress) update(step int, columns map[string][]float64) {
	if first := time.Since(p.compiling); !p.compiling.IsZero() && first > time.Second {
		if p.bar != nil {
			p.bar.Clear()
		}
		fmt.Fprintf(os.Stderr, "compiled: the first step took %.1f s\n", first.Seconds())
	}
	p.compiling = time.Time{}
	if p.bar != nil {
		last := len(columns["step"]) - 1
		p.bar.Describe(fmt.Sprintf("E(data) %+.3f  E(samples) %+.3f", columns["energy_data"][last], columns["energy_samples"][last]))
		p.bar.Set(step)
	}
	p.live.Update(func() plots.Figure { return plots.EnergyCurves(columns) })
}

// close leaves the last state standing.
func (p *progress) close(columns map[string][]float64) {
	endBar(p.bar)
	p.live.Finish(plots.EnergyCurves(columns))
}
