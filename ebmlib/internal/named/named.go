// Package named writes values behind an interface as JSON by the name of their type, and reads them back: how a run's
// configuration records its model, its chain and its transitions.
//
//	{"type": "models.MNIST", "settings": {"Filters": 64}}
package named

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Value is the record of one value.
type Value struct {
	Type     string          `json:"type"`
	Settings json.RawMessage `json:"settings"`
}

// Of is the record of a value: the name of its type, and its exported fields.
func Of(value any) (Value, error) {
	if value == nil {
		return Value{}, fmt.Errorf("nothing is given where a setting is needed")
	}
	settings, err := json.Marshal(value)
	if err != nil {
		return Value{}, fmt.Errorf("the settings of %T can't be written as JSON: %w", value, err)
	}
	return Value{reflect.TypeOf(value).String(), settings}, nil
}

// Registry holds a value of each type of one kind that can be read back.
type Registry[T any] struct {
	kind string
	by   map[string]T
}

// NewRegistry makes the registry of a kind, such as "model", from one value of each type.
func NewRegistry[T any](kind string, prototypes ...T) Registry[T] {
	r := Registry[T]{kind, make(map[string]T)}
	for _, prototype := range prototypes {
		r.by[reflect.TypeOf(prototype).String()] = prototype
	}
	return r
}

// Rebuild gives back the value of a record.
//
// Errors: a type that is not registered, such as one that the user's own program defines; settings that don't fit the type, those
// that it doesn't have included.
func (r Registry[T]) Rebuild(record Value) (T, error) {
	var none T
	prototype, found := r.by[record.Type]
	if !found {
		var names []string
		for name := range r.by {
			names = append(names, name)
		}
		slices.Sort(names)
		return none, fmt.Errorf("%s %s is not one of ebmlib's (%s): open the run from the program that defines it",
			r.kind, record.Type, strings.Join(names, ", "))
	}
	value := reflect.New(reflect.TypeOf(prototype))
	decoder := json.NewDecoder(bytes.NewReader(record.Settings))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value.Interface()); err != nil {
		return none, fmt.Errorf("settings of %s %s: %w", r.kind, record.Type, err)
	}
	return value.Elem().Interface().(T), nil
}
