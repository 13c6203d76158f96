package bench

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// String is the report as a table: for each work a line a contender and, below, the ratios of the peers to ours.
func (r Report) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s; %s\n", r.Date.Format("2006-01-02 15:04 UTC"), r.Machine)
	if r.Machine.Busy {
		fmt.Fprintf(&text, "the machine was busy before (load %.1f): these times are not to be trusted\n", r.Machine.Load)
	}
	for _, p := range r.Peaks {
		fmt.Fprintf(&text, "matrix peak of %s: %s, %s, %d x %d\n", p.Engine, si(p.FLOPS, "FLOP/s"), p.Precision, p.Size, p.Size)
	}
	for _, v := range r.versions() {
		fmt.Fprintln(&text, v)
	}
	for _, result := range r.Works {
		text.WriteString("\n" + result.String())
	}
	fmt.Fprintf(&text, `
step         the median of all steps of %d rounds of %g s, with the quartiles
gradients/s  of the energy in x, that the chains take: chain steps x batch
FLOP/s       of the convolutions and matrix products that the method needs, one count for all contenders
of peak      of the highest matrix peak above in the same precision
memory       the most that the process had, on a GPU also there
first step   with compiling
to device    bytes a step from the host to the engine, to host those back; on a CPU from the host's memory to the engine's
check        the largest relative difference from the numbers that all are checked against
peer / ours  the peer's time over ours, above 1 where ours is the faster: the median of the rounds, and the extremes
`, r.Rounds, r.TurnSeconds)
	return text.String()
}

// versions has a line for each contender: what computes in it, and on what.
func (r Report) versions() []string {
	var lines []string
	said := make(map[string]bool)
	for _, result := range r.Works {
		for _, t := range result.Contenders {
			if t.Version != "" && !said[t.Contender] {
				said[t.Contender] = true
				lines = append(lines, fmt.Sprintf("%s: %s; %s", t.Contender, t.Version, t.Device))
			}
		}
	}
	return lines
}

// String is a work's part of the table.
func (r Result) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %s\n", r.Work, r.About)
	if r.Failure != "" {
		fmt.Fprintf(&text, "  failed: %s\n", indented(r.Failure))
		return text.String()
	}
	fmt.Fprintf(&text, "  a step has %s and %d gradients in x\n", si(r.FLOPs, "FLOP"), r.Gradients)
	rows := [][]string{{
		"", "step", "quartiles", "steps/s", "gradients/s", "FLOP/s", "of peak", "memory", "first step", "to device", "to host", "check",
	}}
	var failures []string
	for _, t := range r.Contenders {
		if t.Failure != "" {
			failures = append(failures, fmt.Sprintf("  %s failed: %s\n", t.Contender, indented(t.Failure)))
			continue
		}
		rows = append(rows, t.row())
	}
	if len(rows) > 1 {
		text.WriteString(aligned(rows))
	}
	for _, ratio := range r.Ratios {
		fmt.Fprintf(&text, "  %s / %s: %.3g (%.3g to %.3g)\n", ratio.Peer, ratio.Ours, ratio.Median, ratio.Least, ratio.Most)
	}
	text.WriteString(strings.Join(failures, ""))
	return text.String()
}

func (t Times) row() []string {
	memory := si(float64(t.PeakBytes), "B")
	if t.PeakDeviceBytes > 0 {
		memory += " + " + si(float64(t.PeakDeviceBytes), "B")
	}
	share := "-"
	if t.PeakShare > 0 {
		share = fmt.Sprintf("%.1f%%", 100*t.PeakShare)
	}
	var worst float64
	for _, difference := range t.Check {
		worst = max(worst, difference)
	}
	return []string{
		t.Contender, si(t.Seconds.Median, "s"), si(t.Seconds.Lower, "s") + " to " + si(t.Seconds.Upper, "s"),
		rate(t.StepsPerSecond), rate(t.GradientsPerSecond), si(t.FLOPS, ""), share,
		memory, si(t.CompileSeconds, "s"), size(t.ToDevice), size(t.ToHost), fmt.Sprintf("%.1g", worst),
	}
}

func size(count *int) string {
	if count == nil {
		return "-"
	}
	return si(float64(*count), "B")
}

// indented is text of several lines within a table.
func indented(text string) string { return strings.ReplaceAll(text, "\n", "\n    ") }

// aligned is rows of columns, the first flush left, the others flush right.
func aligned(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var text strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&text, "  %-*s", widths[0], row[0])
		for i, cell := range row[1:] {
			fmt.Fprintf(&text, "  %*s", widths[i+1], cell)
		}
		text.WriteString("\n")
	}
	return text.String()
}

// rate is a number of things a second.
func rate(value float64) string {
	if value < 0.9995 {
		return fmt.Sprintf("%.3g", value)
	}
	return si(value, "")
}

// si is a value of three digits with the prefix that fits it: 52.3 GFLOP, 412 ms.
func si(value float64, unit string) string {
	prefixes := []string{"n", "µ", "m", "", "k", "M", "G", "T", "P"}
	place := 3
	for ; value >= 999.5 && place < len(prefixes)-1; place++ {
		value /= 1000
	}
	for ; value > 0 && value < 0.9995 && place > 0; place-- {
		value *= 1000
	}
	digits := 2
	if value > 0 {
		digits = max(0, 2-int(math.Floor(math.Log10(value*1.0005))))
	}
	if value == 0 {
		digits = 0
	}
	return strings.TrimRight(fmt.Sprintf("%.*f %s%s", digits, value, prefixes[place], unit), " ")
}
