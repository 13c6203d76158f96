package models

import (
	"encoding/json"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	. "github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/internal/named"
)

// Ensemble is several networks of one kind trained together, each with weights of its own; the energy is their mean:
//
//	E(x) = 1/Members Σ_m E_m(x)
type Ensemble struct {
	Members int
	Member  Model
}

// Energy is the mean of the members' energies, of their shape.
func (m Ensemble) Energy(scope *model.Scope, x, condition *Node) *Node {
	if m.Members < 1 || m.Member == nil {
		Panicf("models.Ensemble: Members is %d and Member %v; give a number and a network, as in "+
			"Ensemble{Members: 2, Member: models.MNIST{Filters: 64}}", m.Members, m.Member)
	}
	sum := m.Member.Energy(scope.At("member1"), x, condition)
	for i := 2; i <= m.Members; i++ {
		sum = Add(sum, m.Member.Energy(scope.At("member%d", i), x, condition))
	}
	return DivScalar(sum, float64(m.Members))
}

type ensembleRecord struct {
	Members int
	Member  named.Value
}

// MarshalJSON records the member by the name of its type and its settings.
func (m Ensemble) MarshalJSON() ([]byte, error) {
	member, err := named.Of(m.Member)
	if err != nil {
		return nil, err
	}
	return json.Marshal(ensembleRecord{m.Members, member})
}

// UnmarshalJSON takes what MarshalJSON gives, for a member of this package.
func (m *Ensemble) UnmarshalJSON(text []byte) error {
	var record ensembleRecord
	if err := json.Unmarshal(text, &record); err != nil {
		return err
	}
	member, err := registry().Rebuild(record.Member)
	if err != nil {
		return err
	}
	*m = Ensemble{record.Members, member}
	return nil
}
