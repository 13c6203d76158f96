package plots

import (
	"slices"
	"testing"
)

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		marks     ticks
		low, high float64
		want      []string
	}{
		{ticks{count: 5}, -1, 1, []string{"-1.0", "-0.5", "0.0", "0.5", "1.0"}},
		{ticks{count: 5}, 0.1, 9.9, []string{"2", "4", "6", "8"}},
		{ticks{count: 8, least: 1}, 0, 2, []string{"0", "1", "2"}},
		{ticks{count: 4}, 0, 2e-5, []string{"0", "5e-06", "1e-05", "1.5e-05", "2e-05"}},
		{ticks{count: 5}, 6e29, 1.4e30, []string{"6e+29", "8e+29", "1e+30", "1.2e+30", "1.4e+30"}},
		{ticks{count: 2}, 0, 4e9, []string{"0", "2e+09", "4e+09"}},
	} {
		var got []string
		for _, tick := range c.marks.Ticks(c.low, c.high) {
			got = append(got, tick.Label)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v from %v to %v: %q, want %q", c.marks, c.low, c.high, got, c.want)
		}
	}
}

func TestLogTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      []string // labels; "" is a mark without one
	}{
		{0.02, 0.3, []string{"0.02", "", "", "0.05", "", "", "", "", "0.1", "0.2", ""}},
		{60, 1100, []string{"", "", "", "", "100", "200", "", "", "500", "", "", "", "", "1000"}},
		{5, 500, []string{"", "", "", "", "", "10", "", "", "", "", "", "", "", "", "100", "", "", "", ""}},
	} {
		var got []string
		for _, tick := range (logTicks{}).Ticks(c.low, c.high) {
			got = append(got, tick.Label)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("from %v to %v: %q, want %q", c.low, c.high, got, c.want)
		}
	}
}
