package train

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ebm/ebmlib/internal/named"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// record is what config.json holds.
type record struct {
	Config
	Model        named.Value   `json:"model"`
	Chain        named.Value   `json:"chain"`
	Transitions  []named.Value `json:"transitions,omitempty"`
	Augmentation []named.Value `json:"augmentation,omitempty"`
	// Example is the shape of one example, known from the first data set that the run is trained on.
	Example []int `json:"example,omitempty"`
}

func (c Config) record(example []int) (record, error) {
	r := record{Config: c, Example: example}
	var err error
	if r.Model, err = named.Of(c.Model); err != nil {
		return r, err
	}
	if r.Chain, err = named.Of(c.Chain); err != nil {
		return r, err
	}
	if r.Transitions, err = namedEach(c.Transitions); err != nil {
		return r, err
	}
	r.Augmentation, err = namedEach(c.Augmentation)
	return r, err
}

func namedEach(transitions samplers.Transitions) ([]named.Value, error) {
	var values []named.Value
	for _, transition := range transitions {
		value, err := named.Of(transition)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

var (
	chainTypes      = named.NewRegistry[samplers.Chain]("chain", samplers.Langevin{}, samplers.MALA{}, samplers.HMC{})
	transitionTypes = named.NewRegistry[samplers.Transition]("transition", samplers.RandomResizedCrop{}, samplers.RandomShift{},
		samplers.HorizontalFlip{}, samplers.ColourJitter{}, samplers.Grey{}, samplers.GaussianBlur{}, samplers.Rotation{})
)

// config rebuilds the configuration of a record whose model, chain, transitions and terms are ebmlib's own.
func (r record) config() (Config, error) {
	c := r.Config
	var err error
	if c.Model, err = models.FromJSON(r.Model.Type, r.Model.Settings); err != nil {
		return c, err
	}
	if c.Chain, err = chainTypes.Rebuild(r.Chain); err != nil {
		return c, err
	}
	if c.Transitions, err = rebuildEach(r.Transitions); err != nil {
		return c, err
	}
	if c.Augmentation, err = rebuildEach(r.Augmentation); err != nil {
		return c, err
	}
	for i, term := range c.Terms {
		if c.Terms[i], err = losses.Named(term.Name, term.Weight); err != nil {
			return c, err
		}
	}
	return c, checkCounts(c)
}

func rebuildEach(values []named.Value) (samplers.Transitions, error) {
	var rebuilt samplers.Transitions
	for _, value := range values {
		transition, err := transitionTypes.Rebuild(value)
		if err != nil {
			return nil, err
		}
		rebuilt = append(rebuilt, transition)
	}
	return rebuilt, nil
}

// differences lists the settings in which two records differ, as "name: there X, asked for Y". The guard may differ: it changes no step.
func differences(there, asked record) []string {
	there.Example, asked.Example = nil, nil
	there.Guard, asked.Guard = Guard{}, Guard{}
	a, b := flatten(there), flatten(asked)
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, found := a[name]; !found {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var found []string
	for _, name := range names {
		if a[name] != b[name] {
			found = append(found, fmt.Sprintf("%s: there %s, asked for %s", name, orNone(a[name]), orNone(b[name])))
		}
	}
	return found
}

func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// flatten maps the path of each setting to its JSON.
func flatten(r record) map[string]string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // A record is made of plain values.
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // A seed has more digits than a float64.
	if err := decoder.Decode(&tree); err != nil {
		panic(err)
	}
	flat := make(map[string]string)
	var walk func(path []string, value any)
	walk = func(path []string, value any) {
		if settings, ok := value.(map[string]any); ok {
			for name, setting := range settings {
				walk(append(slices.Clone(path), name), setting)
			}
			return
		}
		leaf, err := json.Marshal(value)
		if err != nil {
			panic(err) // It came from JSON.
		}
		flat[strings.Join(path, ".")] = string(leaf)
	}
	walk(nil, tree)
	return flat
}
