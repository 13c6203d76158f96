package named_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"ebm/ebmlib/internal/named"
)

type animal interface{ Legs() int }

type bird struct{ Name string }

type spider struct{ Eyes int }

func (bird) Legs() int   { return 2 }
func (spider) Legs() int { return 8 }

func TestWhatIsRecordedIsRebuilt(t *testing.T) {
	animals := named.NewRegistry[animal]("animal", bird{}, spider{})
	for _, want := range []animal{bird{"wren"}, spider{8}} {
		record, err := named.Of(want)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		var read named.Value
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		got, err := animals.Rebuild(read)
		if err != nil || got != want {
			t.Errorf("%#v came back as %#v, %v", want, got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	animals := named.NewRegistry[animal]("animal", bird{}, spider{})
	for name, test := range map[string]struct {
		record named.Value
		words  []string
	}{
		"another type":    {named.Value{Type: "mine.Fish", Settings: []byte(`{}`)}, []string{"animal mine.Fish", "named_test.bird, named_test.spider"}},
		"unknown setting": {named.Value{Type: "named_test.bird", Settings: []byte(`{"Wings": 2}`)}, []string{"animal named_test.bird", "Wings"}},
		"wrong type":      {named.Value{Type: "named_test.spider", Settings: []byte(`{"Eyes": "many"}`)}, []string{"named_test.spider", "Eyes"}},
		"no settings":     {named.Value{Type: "named_test.bird"}, []string{"named_test.bird"}},
	} {
		_, err := animals.Rebuild(test.record)
		for _, word := range test.words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v, want one that says %q", name, err, word)
			}
		}
	}
	if _, err := named.Of(nil); err == nil {
		t.Error("nothing was recorded as something")
	}
	if _, err := named.Of(func() {}); err == nil {
		t.Error("a function was recorded")
	}
}

type hidden struct{ w int }

func TestFieldsThatCantBeRecorded(t *testing.T) {
	for name, test := range map[string]struct {
		value any
		words []string
	}{
		"unexported":         {hidden{1}, []string{"named_test.hidden", "the field w", "export it"}},
		"behind a pointer":   {&hidden{1}, []string{"the field w"}},
		"embedded":           {struct{ hidden }{}, []string{"the field hidden.w"}},
		"within":             {struct{ Inner hidden }{}, []string{"the field Inner.w"}},
		"within a list":      {struct{ Inner []any }{[]any{1, hidden{1}}}, []string{"the field Inner.w"}},
		"a function":         {struct{ Activation func() }{}, []string{"func()", "a string or number that selects it"}},
		"embedded, exported": {struct{ bird }{bird{"wren"}}, nil},
		"left out": {struct {
			Cache hidden `json:"-"`
		}{}, nil},
		"its own JSON": {struct{ Since time.Time }{}, nil},
		"nothing":      {struct{ Inner *hidden }{}, nil},
	} {
		_, err := named.Of(test.value)
		if (err == nil) != (test.words == nil) {
			t.Errorf("%s: %v", name, err)
		}
		for _, word := range test.words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v, want one that says %q", name, err, word)
			}
		}
	}
}
