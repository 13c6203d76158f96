package models

import (
	"encoding/json"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/internal/named"
	"ebm/ebmlib/layers"
)

// MultiScale is several networks of one kind, each with weights of its own, of which the first sees the image as it is and each
// further one the image halved once more, as the paper's section 3.3 has it for its own networks ([CIFAR10] and [CelebA] have their
// scales built in, since there the coarser ones are shorter). With x_s the image halved s times, the energy is the sum
//
//	E(x) = Σ_s E_s(x_s)
type MultiScale struct {
	Scales  int // the paper's is 3
	Network Model
}

// Energy maps images [batch, channels, height, width] to energies [batch, Scales], the coarsest first.
func (m MultiScale) Energy(scope *model.Scope, x, condition *Node) *Node {
	if m.Scales < 1 || m.Network == nil {
		Panicf("models.MultiScale: Scales is %d and Network %v; give a number and a network, as in "+
			"MultiScale{Scales: 3, Network: models.ConvNet{Side: 16, Filters: []int{32, 64, 64}}}", m.Scales, m.Network)
	}
	energies := make([]*Node, m.Scales)
	for s := range m.Scales {
		if s > 0 {
			x = layers.AveragePool(x, 3, 2, 1)
		}
		energies[m.Scales-1-s] = m.Network.Energy(scope.At("scale%d", s+1), x, condition)
	}
	return sideBySide(energies)
}

type multiScaleRecord struct {
	Scales  int
	Network named.Value
}

// MarshalJSON records the network by the name of its type and its settings.
func (m MultiScale) MarshalJSON() ([]byte, error) {
	network, err := named.Of(m.Network)
	if err != nil {
		return nil, err
	}
	return json.Marshal(multiScaleRecord{m.Scales, network})
}

// UnmarshalJSON takes what MarshalJSON gives, for a network of this package.
func (m *MultiScale) UnmarshalJSON(text []byte) error {
	var record multiScaleRecord
	if err := json.Unmarshal(text, &record); err != nil {
		return err
	}
	network, err := registry().Rebuild(record.Network)
	if err != nil {
		return err
	}
	*m = MultiScale{record.Scales, network}
	return nil
}
