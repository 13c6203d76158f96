package golden

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Agreement to expect in float32, as the golden files state it.
const (
	valueTolerance    = 1e-4 // of energies and losses
	gradientTolerance = 1e-3 // of an array's largest entry, for gradients, and for what gradients have moved
	// What is a difference of larger numbers holds the rounding of those: it can't agree better than this share of them. The loss
	// of contrastive divergence is one, of two mean energies; the gradient of a bias that a norm takes away again is another, zero but
	// for rounding in both implementations.
	rounding = 1e-5
)

// Quantity is one array of a golden file, beside ours.
type Quantity struct {
	Name    string
	Error   float64 // the largest of all entries; NaN where either has one, or where ours has another shape
	Allowed float64
	// Relative is Error as a share of the array's largest entry or, if that is more, of what the array is a difference of.
	Relative float64
	Problem  string // what else is wrong with it, "" if nothing is
}

// Holds tells whether the quantity agrees.
func (q Quantity) Holds() bool { return q.Error <= q.Allowed && q.Problem == "" }

// Report is how all quantities of a golden file compare.
type Report struct {
	File       string
	Engine     string
	Quantities []Quantity
	Unused     []string // parameters in the file that the network, as it is set, doesn't have
	Note       string   // what else is to be said, "" if nothing is
}

// Holds tells whether all quantities agree.
func (r Report) Holds() bool {
	for _, q := range r.Quantities {
		if !q.Holds() {
			return false
		}
	}
	return len(r.Quantities) > 0
}

// Summary has one quantity for each family of gradients (grad_total/... and so on), that parameter's which comes nearest to what
// is allowed, or goes farthest beyond; and of many unused parameters it has the first and the number of the others.
func (r Report) Summary() Report {
	const shown = 3
	summary := r
	if others := len(r.Unused) - shown; others > 1 {
		summary.Unused = append(slices.Clone(r.Unused[:shown]), fmt.Sprintf("and %d more", others))
	}
	summary.Quantities = nil
	place := make(map[string]int)
	for _, q := range r.Quantities {
		family, _, isFamily := strings.Cut(q.Name, "/")
		i, found := place[family]
		if !isFamily || !found {
			place[family] = len(summary.Quantities)
			summary.Quantities = append(summary.Quantities, q)
		} else if worse(q, summary.Quantities[i]) {
			summary.Quantities[i] = q
		}
	}
	return summary
}

func worse(a, b Quantity) bool {
	if a.Holds() != b.Holds() {
		return b.Holds()
	}
	return a.Error*b.Allowed > b.Error*a.Allowed
}

// String is the report as a table.
func (r Report) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s on %s\n", r.File, r.Engine)
	width := 8
	for _, q := range r.Quantities {
		width = max(width, len(q.Name))
	}
	fmt.Fprintf(&text, "  %-*s  largest error   allowed\n", width, "quantity")
	for _, q := range r.Quantities {
		verdict := "holds"
		if !q.Holds() {
			verdict = strings.TrimRight("FAILS: "+q.Problem, ": ")
		}
		fmt.Fprintf(&text, "  %-*s  %13.2g  %8.2g  %s\n", width, q.Name, q.Error, q.Allowed, verdict)
	}
	if len(r.Unused) > 0 {
		fmt.Fprintf(&text, "  in the file but of no use to this network: %s\n", strings.Join(r.Unused, ", "))
	}
	if r.Note != "" {
		fmt.Fprintf(&text, "  %s\n", r.Note)
	}
	return text.String()
}

// largest is the largest |value|, NaN if any is.
func largest(values []float64) float64 {
	var most float64
	for _, value := range values {
		if math.IsNaN(value) {
			return value
		}
		most = max(most, math.Abs(value))
	}
	return most
}
