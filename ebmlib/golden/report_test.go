package golden_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"ebm/ebmlib/golden"
)

func TestHolds(t *testing.T) {
	for _, c := range []struct {
		quantity golden.Quantity
		want     bool
	}{
		{golden.Quantity{Error: 1, Allowed: 1}, true},
		{golden.Quantity{Error: 0, Allowed: 0}, true},
		{golden.Quantity{Error: 1.1, Allowed: 1}, false},
		{golden.Quantity{Error: math.NaN(), Allowed: 1}, false},
		{golden.Quantity{Error: 0, Allowed: math.NaN()}, false},
		{golden.Quantity{Error: 0, Allowed: 1, Problem: "another shape"}, false},
	} {
		if got := c.quantity.Holds(); got != c.want {
			t.Errorf("%+v: %v", c.quantity, got)
		}
		report := golden.Report{Quantities: []golden.Quantity{{Error: 0, Allowed: 1}, c.quantity}}
		if got := report.Holds(); got != c.want {
			t.Errorf("a report with %+v: %v", c.quantity, got)
		}
	}
	if (golden.Report{}).Holds() {
		t.Error("a report on nothing holds")
	}
}

func TestSummaryHasTheWorstOfEachFamily(t *testing.T) {
	report := golden.Report{Quantities: []golden.Quantity{
		{Name: "loss_cd", Error: 1, Allowed: 2},
		{Name: "loss_l2", Error: 2, Allowed: 2},
		{Name: "grad_total/a", Error: 5, Allowed: 10},
		{Name: "grad_total/b", Error: 4, Allowed: 5}, // nearer to what is allowed, though smaller
		{Name: "grad_total/c", Error: 1, Allowed: 9},
		{Name: "grad_kl_energy/a", Error: 3, Allowed: 4},
		{Name: "grad_kl_energy/b", Error: math.NaN(), Allowed: 4},
		{Name: "grad_kl_energy/c", Error: 9, Allowed: 10},
		{Name: "grad_kl_entropy/a", Error: 0, Allowed: 4, Problem: "no array"},
		{Name: "grad_kl_entropy/b", Error: 3, Allowed: 4},
	}}
	var names []string
	for _, q := range report.Summary().Quantities {
		names = append(names, q.Name)
	}
	if want := []string{"loss_cd", "loss_l2", "grad_total/b", "grad_kl_energy/b", "grad_kl_entropy/a"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	if len(report.Quantities) != 10 {
		t.Error("the report itself was cut short")
	}
}

func TestSummaryCountsUnusedParameters(t *testing.T) {
	report := golden.Report{Unused: []string{"a", "b", "c", "d"}}
	if got := report.Summary().Unused; !slices.Equal(got, report.Unused) {
		t.Errorf("of four: %q", got)
	}
	report.Unused = append(report.Unused, "e", "f")
	if got := report.Summary().Unused; !slices.Equal(got, []string{"a", "b", "c", "and 3 more"}) {
		t.Errorf("of six: %q", got)
	}
	if got := strings.Join(report.Unused, ""); got != "abcdef" {
		t.Errorf("the report itself has %q now", got)
	}
}

func ExampleReport_String() {
	report := golden.Report{File: "small.npz", Engine: "go", Unused: []string{"label_map.weight"}, Quantities: []golden.Quantity{
		{Name: "loss_cd", Error: 1e-7, Allowed: 2e-6},
		{Name: "grad_total/conv1.weight", Error: 0.3, Allowed: 1e-3},
		{Name: "x_neg", Error: math.NaN(), Allowed: 1e-3, Problem: "ours has the shape [2 3], the file's [2 4]"},
	}}
	fmt.Print(report)
	// Output:
	// small.npz on go
	//   quantity                 largest error   allowed
	//   loss_cd                          1e-07     2e-06  holds
	//   grad_total/conv1.weight            0.3     0.001  FAILS
	//   x_neg                              NaN     0.001  FAILS: ours has the shape [2 3], the file's [2 4]
	//   in the file but of no use to this network: label_map.weight
}
