package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bench is a benchmark: who takes part, and for how long.
type Bench struct {
	Ours   []Contender // this project's engines
	Peers  []Contender // what they are compared with
	Rounds int
	Turn   time.Duration // a contender makes, each round, as many steps as fill this time, at least one
	Log    io.Writer     // where it says what it is at
}

// settle is how long the machine is left alone before a turn: the threads of the contender before may spin for 200 ms yet.
const settle = 300 * time.Millisecond

// Run times the works, one after another. All contenders are started for a work, checked, and prepared, and then take turns. A contender
// that fails, or whose check doesn't hold, is left out, and the report says why; see [Report.Err].
//
// Errors: the context ended, and the report has the works before that; there is no room for files.
func (b Bench) Run(ctx context.Context, works []Work) (Report, error) {
	report := Report{Date: time.Now().UTC(), Machine: thisMachine(ctx), Rounds: b.Rounds, TurnSeconds: b.Turn.Seconds()}
	folder, err := os.MkdirTemp("", "ebm-bench-")
	if err != nil {
		return report, err
	}
	defer os.RemoveAll(folder)

	failed := make(map[string]map[string]string) // by precision, contenders and what is wrong with them
	for _, work := range works {
		failed[work.precision()] = make(map[string]string)
	}
	b.peaks(ctx, &report, failed)
	device := "cpu"
	if slices.ContainsFunc(report.Peaks, func(p Peak) bool { return p.GPU }) {
		device = "cuda"
	}
	files := exchanges{folder, make(map[string]string)}
	held := make(map[hold]checked)
	var interrupted error
	for i, work := range works {
		result := b.time(ctx, work, device, &files, held, failed[work.precision()])
		if ctx.Err() != nil {
			interrupted = fmt.Errorf("the benchmark was interrupted at work %s: %w", work.Name, ctx.Err())
			works = works[:i]
			break
		}
		report.Works = append(report.Works, result)
	}
	if interrupted == nil && device == "cpu" {
		b.peaks(ctx, &report, failed) // Again: what else the machine did may have lowered the first.
	}
	for i, work := range works {
		report.Works[i].compute(work, report.peak(work.precision()), b)
	}
	return report, interrupted
}

// peaks measures the engines' peaks in these precisions, of those that have not failed, and keeps the highest of each.
func (b Bench) peaks(ctx context.Context, report *Report, failed map[string]map[string]string) {
	for _, precision := range slices.Sorted(maps.Keys(failed)) {
		for _, c := range b.Ours {
			if failed[precision][c.Name] != "" {
				continue
			}
			b.logf("%s: measures the matrix peak in %s", c.Name, precision)
			peak, err := c.peak(ctx, precision)
			if err != nil {
				failed[precision][c.Name] = err.Error()
				continue
			}
			same := func(p Peak) bool { return p.Engine == peak.Engine && p.Precision == precision }
			if i := slices.IndexFunc(report.Peaks, same); i < 0 {
				report.Peaks = append(report.Peaks, peak)
			} else if peak.FLOPS > report.Peaks[i].FLOPS {
				report.Peaks[i] = peak
			}
		}
	}
}

func (b Bench) logf(format string, values ...any) {
	if b.Log != nil {
		fmt.Fprintf(b.Log, format+"\n", values...)
	}
}

// peak runs the contender's command for it.
func (c Contender) peak(ctx context.Context, precision string) (Peak, error) {
	var peak Peak
	p, err := started(ctx, precision, append(slices.Clone(c.Peak), precision), &peak)
	if err != nil {
		return peak, err
	}
	peak.Engine, peak.Precision = c.Name, precision
	return peak, p.stop(patience)
}

// hold is a contender whose numbers held, and the file of those.
type hold struct{ contender, numbers string }

// entrant is a contender in a work.
type entrant struct {
	times   *Times
	process *process // nil once it is out
	steps   int      // that fill a turn
}

// time times a work. Those who have failed before are left out at once, and those whose numbers held for another work with the same check need
// not compute them again.
func (b Bench) time(ctx context.Context, work Work, device string, files *exchanges, held map[hold]checked, failed map[string]string) Result {
	result := Result{Work: work.Name, About: work.About}
	x, err := work.exchange(device)
	var path, numbers string
	if err == nil {
		b.logf("%s: computes what all are checked against", work.Name)
		path, numbers, err = files.write(x)
	}
	if err != nil {
		result.Failure = err.Error()
		return result
	}

	all := slices.Concat(b.Ours, b.Peers)
	result.Contenders = make([]Times, len(all))
	for i, c := range all {
		result.Contenders[i].Contender, result.Contenders[i].Failure = c.Name, failed[c.Name]
	}
	b.check(ctx, work, path, numbers, all, result.Contenders, held)
	var entrants []*entrant
	for i, c := range all {
		e := &entrant{times: &result.Contenders[i], steps: 1}
		if e.times.Failure != "" {
			continue
		}
		b.logf("%s: %s prepares", work.Name, c.Name)
		if err := e.prepare(ctx, work.precision(), append(slices.Clone(c.Command), path)); err != nil {
			b.out(work, e.times, err)
			continue
		}
		defer func() {
			if e.process != nil {
				_ = e.process.stop(patience) // Its times are there.
			}
		}()
		entrants = append(entrants, e)
	}
	for round := range b.Rounds {
		b.logf("%s: round %d of %d", work.Name, round+1, b.Rounds)
		for _, e := range entrants {
			e.turn(ctx, b.Turn)
		}
		slices.Reverse(entrants) // So that none always follows the same.
	}
	return result
}

// check has the contenders check themselves, all at once, unless they held these numbers before.
func (b Bench) check(ctx context.Context, work Work, path, numbers string, all []Contender, results []Times, held map[hold]checked) {
	said, problems := make([]checked, len(all)), make([]error, len(all))
	var checks sync.WaitGroup
	for i, c := range all {
		before, is := held[hold{c.Name, numbers}]
		switch {
		case results[i].Failure != "":
		case is:
			b.logf("%s: %s was checked before", work.Name, c.Name)
			said[i] = before
		default:
			b.logf("%s: %s checks itself", work.Name, c.Name)
			checks.Go(func() { said[i], problems[i] = c.check(ctx, path) })
		}
	}
	checks.Wait()
	for i, c := range all {
		times := &results[i]
		times.Version, times.Device, times.Check = said[i].Version, said[i].Device, said[i].Check
		if problems[i] != nil {
			b.out(work, times, problems[i])
		} else if times.Failure == "" {
			held[hold{c.Name, numbers}] = said[i]
		}
	}
}

// out notes why a contender is left out.
func (b Bench) out(work Work, times *Times, problem error) {
	times.Failure = problem.Error()
	b.logf("%s: %s is out: %s", work.Name, times.Contender, problem)
}

// check has the contender compute the numbers beside the work in the file at path, and gives what it says of itself. It is an error if they don't
// hold.
func (c Contender) check(ctx context.Context, path string) (checked, error) {
	var line checked
	p, err := started(ctx, float32s, append(slices.Clone(c.Command), "--check", path), &line)
	if err != nil {
		return line, err
	}
	if problem := line.problem(); problem != "" {
		return line, p.failure(fmt.Errorf("refused: %s", problem))
	}
	return line, p.stop(patience)
}

// prepare starts a contender, and lets it make its first steps, by which it is known how many fill a turn.
func (e *entrant) prepare(ctx context.Context, precision string, command []string) error {
	var ready prepared
	p, err := started(ctx, precision, command, &ready)
	if err != nil {
		return err
	}
	e.times.CompileSeconds = ready.CompileSeconds
	if _, err := p.ask(1); err != nil {
		return err
	}
	e.process = p
	return nil
}

// compared is what a check has to have compared, at the least.
var compared = []string{"energy_pos_each_scale", "loss_total", "grad_total"}

// problem is what is wrong with a check, "" if it holds.
func (c checked) problem() string {
	for _, name := range compared {
		if _, found := c.Check[name]; !found && c.Holds {
			return fmt.Sprintf("its check says that it holds, and has not compared %s", name)
		}
	}
	if c.Holds {
		return ""
	}
	var differences []string
	for _, name := range slices.Sorted(maps.Keys(c.Check)) {
		differences = append(differences, fmt.Sprintf("%s by %.2g", name, c.Check[name]))
	}
	return "it computes something else. Its relative differences: " + strings.Join(differences, ", ")
}

// turn has the contender make the steps of a turn, unless it is out.
func (e *entrant) turn(ctx context.Context, length time.Duration) {
	if e.process == nil {
		return
	}
	select {
	case <-ctx.Done():
		return
	case <-time.After(settle):
	}
	made, err := e.process.ask(e.steps)
	if err != nil {
		e.process, e.times.Failure = nil, err.Error()
		return
	}
	e.times.add(made)
	e.steps = max(1, int(math.Round(length.Seconds()/median(made.Seconds))))
}

// peak of the machine in a precision: the highest of the engines'; 0 if none is known.
func (r Report) peak(precision string) float64 {
	var best float64
	for _, p := range r.Peaks {
		if p.Precision == precision {
			best = max(best, p.FLOPS)
		}
	}
	return best
}

// WriteJSON writes the report as JSON.
func (r Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}
