package bench

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ebm/ebmlib/models"
	"ebm/ebmlib/plots"
)

// settings are those of a work that can be varied, as their axis calls them.
var settings = []struct{ name, axis string }{
	{"steps", "steps of the chain"}, {"batch", "examples of a batch"}, {"filters", "filters"}, {"size", "pixels along a side"},
}

// Curves are the seconds of a step against each setting in which works of a report differ by it alone, with their quartiles: of cifar64,
// cifar64:steps=10 and cifar64:steps=80 against the steps of the chain. Both axes are logarithmic, so that a cost in proportion is a line
// of slope 1. There are none if no work is varied.
func (r Report) Curves() []plots.Figure {
	var figures []plots.Figure
	for _, base := range r.bases() {
		for _, setting := range settings {
			if lines := r.against(base, setting.name); len(lines) > 0 {
				figures = append(figures, plots.XY(fmt.Sprintf("%s: %s", base.Name, base.About), plots.Axis{Label: setting.axis, Log: true},
					plots.Axis{Label: "seconds a step", Log: true}, lines...))
			}
		}
	}
	return figures
}

// bases are the works that those of the report are variations of.
func (r Report) bases() []Work {
	var bases []Work
	for _, work := range Works() {
		if slices.ContainsFunc(r.Works, func(result Result) bool { return strings.HasPrefix(result.Work, work.Name+":") }) {
			bases = append(bases, work)
		}
	}
	return bases
}

// against has a line for each contender, in each precision, that was timed at two values of the setting or more.
func (r Report) against(base Work, setting string) []plots.Line {
	type timed struct {
		value   int
		seconds Spread
	}
	byContender := make(map[string][]timed)
	var contenders []string
	for _, result := range r.Works {
		name, precision, narrow := strings.Cut(result.Work, precisionMark)
		value, is := settingOf(base, setting), name == base.Name
		if text, varied := strings.CutPrefix(name, base.Name+":"+setting+"="); varied {
			number, err := strconv.Atoi(text)
			value, is = number, err == nil
		}
		for _, t := range result.Contenders {
			if !is || t.Failure != "" || t.Seconds.Median == 0 {
				continue
			}
			contender := t.Contender
			if narrow {
				contender += ", " + precision
			}
			if _, there := byContender[contender]; !there {
				contenders = append(contenders, contender)
			}
			byContender[contender] = append(byContender[contender], timed{value, t.Seconds})
		}
	}
	var lines []plots.Line
	for _, contender := range contenders {
		points := byContender[contender]
		if len(points) < 2 {
			continue
		}
		slices.SortFunc(points, func(a, b timed) int { return a.value - b.value })
		line := plots.Line{Name: contender}
		for _, p := range points {
			line.X, line.Y = append(line.X, float64(p.value)), append(line.Y, p.seconds.Median)
			line.Low, line.High = append(line.Low, p.seconds.Lower), append(line.High, p.seconds.Upper)
		}
		lines = append(lines, line)
	}
	return lines
}

// settingOf is the value of a setting in a work; 0 if its network has no such.
func settingOf(w Work, setting string) int {
	switch setting {
	case "batch":
		return w.Config.Batch
	case "steps":
		return w.Config.Steps
	case "size":
		return w.Example[len(w.Example)-1]
	}
	switch n := w.Config.Model.(type) {
	case models.Levels:
		return n.Filters
	case models.MNIST:
		return n.Filters
	case models.CIFAR10:
		return n.Filters
	}
	return 0
}
