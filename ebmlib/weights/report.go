package weights

import (
	"fmt"
	"slices"
	"strings"
)

// Report says what an import found, each list in the order of the names.
type Report struct {
	Loaded     []string   // weights that were set; none if the import failed
	Missing    []string   // weights without a tensor of their name
	Mismatched []Mismatch // weights whose tensor has another shape
	Extra      []string   // tensors without a weight of their name
}

// Mismatch is a tensor of another shape than its weight's.
type Mismatch struct {
	Name       string
	Have, Want []int // the tensor's shape, the weight's
}

func (r *Report) sort() {
	slices.Sort(r.Missing)
	slices.Sort(r.Extra)
	slices.SortFunc(r.Mismatched, func(a, b Mismatch) int { return strings.Compare(a.Name, b.Name) })
}

// String has a line with the number of weights loaded, and one for each name that did not fit.
func (r Report) String() string {
	lines := []string{fmt.Sprintf("%d weights loaded", len(r.Loaded))}
	for _, name := range r.Missing {
		lines = append(lines, "missing: "+name)
	}
	for _, m := range r.Mismatched {
		lines = append(lines, fmt.Sprintf("shape: %s is %v, the network's is %v", m.Name, m.Have, m.Want))
	}
	for _, name := range r.Extra {
		lines = append(lines, "extra: "+name)
	}
	return strings.Join(lines, "\n")
}

// misfit is the error of an import whose tensors don't fit.
type misfit struct{ report Report }

func (m misfit) Error() string {
	message := "the tensors don't fit the network, whose weights are as they were: take the settings that the tensors were trained with"
	if len(m.report.Missing) > 0 && len(m.report.Extra) > 0 {
		message += "; if the names differ by a prefix, cut it off by Tensors.Under"
	}
	return message + "\n" + m.report.String()
}
