// Package named writes values behind an interface as JSON by the name of their type, and reads them back: how a run's
// configuration records its model, its chain and its transitions.
//
//	{"type": "models.MNIST", "settings": {"Filters": 64}}
package named

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
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

// Of is the record of a value: the name of its type, and its fields. It is an error if one of them can't be recorded; one with the tag json:"-"
// is left out on purpose.
func Of(value any) (Value, error) {
	if value == nil {
		return Value{}, fmt.Errorf("nothing is given where a setting is needed")
	}
	settings, err := json.Marshal(value)
	if unsupported := new(json.UnsupportedTypeError); errors.As(err, &unsupported) && unsupported.Type.Kind() == reflect.Func {
		err = fmt.Errorf("%w: in place of the function take a string or number that selects it", err)
	}
	if err != nil {
		return Value{}, fmt.Errorf("the settings of %T can't be written as JSON: %w", value, err)
	}
	if field := unexported(reflect.ValueOf(value)); field != "" {
		return Value{}, fmt.Errorf("the settings of %T can't be recorded: the field %s is not exported, and with another value in it a run would seem "+
			"the same: export it, so that config.json has it", value, field)
	}
	return Value{reflect.TypeOf(value).String(), settings}, nil
}

// unexported is the path of the first field in a value that JSON leaves out for its name, or nothing.
func unexported(value reflect.Value) string {
	if !value.IsValid() || value.Type().Implements(reflect.TypeFor[json.Marshaler]()) || value.Type().Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return ""
	}
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		return unexported(value.Elem())
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			if path := unexported(value.Index(i)); path != "" {
				return path
			}
		}
	case reflect.Struct:
		for i := range value.NumField() {
			field := value.Type().Field(i)
			if field.Tag.Get("json") == "-" {
				continue
			}
			if embedded := field.Anonymous && field.Type.Kind() == reflect.Struct; !field.IsExported() && !embedded {
				return field.Name
			}
			if path := unexported(value.Field(i)); path != "" {
				return field.Name + "." + path
			}
		}
	}
	return ""
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
