package train

import (
	"testing"

	"ebm/ebmlib/data"
)

// strange is a source that may tell of itself, and read, what it likes.
type strange struct {
	info func(i *data.Info)
	read func(s *data.Set) *data.Set
}

func (s strange) Info() data.Info {
	info := eightGaussians().Info()
	info.Name = "stranger"
	if s.info != nil {
		s.info(&info)
	}
	return info
}

func (s strange) Read(rows []int) (*data.Set, error) {
	set, err := eightGaussians().Read(rows)
	if err == nil && s.read != nil {
		set = s.read(set)
	}
	return set, err
}

func TestSourceWithoutExamplesIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		source data.Source
		words  []string
	}{
		"nil":          {nil, []string{"nil"}},
		"no set":       {(*data.Set)(nil), []string{"nil"}},
		"none":         {strange{info: func(i *data.Info) { i.Examples = 0 }}, []string{"stranger", "train.strange", "0 examples"}},
		"less":         {strange{info: func(i *data.Info) { i.Examples = -1 }}, []string{"stranger", "-1 examples"}},
		"no shape":     {strange{info: func(i *data.Info) { i.Shape = nil }}, []string{"stranger", "shape []", "[dims]"}},
		"flat images":  {strange{info: func(i *data.Info) { i.Images = true }}, []string{"stranger", "shape [2]", "[channels, height, width]"}},
		"empty images": {strange{info: func(i *data.Info) { i.Images, i.Shape = true, []int{1, 0, 8} }}, []string{"stranger", "shape [1 0 8]"}},
	} {
		t.Run(name, func(t *testing.T) {
			run := mustOpen(t, t.TempDir(), tinyPoints())
			requireError(t, run.Train(test.source, 1), test.words...)
			mustTrain(t, run, eightGaussians(), 1)
			_, err := run.Scores(test.source, 1)
			requireError(t, err, test.words...)
		})
	}
}

func TestWhatASourceReadsIsChecked(t *testing.T) {
	for name, test := range map[string]struct {
		read  func(s *data.Set) *data.Set
		words []string
	}{
		"panic":   {func(*data.Set) *data.Set { panic("a strange end") }, []string{"panicked: a strange end"}},
		"nothing": {func(*data.Set) *data.Set { return nil }, []string{"returned none"}},
		"fewer": {func(s *data.Set) *data.Set {
			s.Floats = s.Floats[:6]
			return s
		}, []string{"asked for 64 examples", "returned 3"}},
		"another shape": {func(s *data.Set) *data.Set {
			s.Shape, s.Floats = []int{1}, s.Floats[:len(s.Floats)/2]
			return s
		}, []string{"points of shape [1]", "points of shape [2]"}},
		"another kind": {func(s *data.Set) *data.Set {
			s.Shape, s.Bytes, s.Floats = []int{1, 1, 2}, make([]byte, len(s.Floats)), nil
			return s
		}, []string{"images of shape [1 1 2]", "points of shape [2]"}},
	} {
		t.Run(name, func(t *testing.T) {
			run := mustOpen(t, t.TempDir(), tinyPoints())
			requireError(t, run.Train(strange{read: test.read}, 1), append(test.words, "stranger", "train.strange")...)
		})
	}
}

// What is read ahead is read in a goroutine, whose panic would end the program.
func TestASourceThatPanicsWhileReadAhead(t *testing.T) {
	run := mustOpen(t, t.TempDir(), tinyPoints())
	readings := 0
	source := strange{read: func(s *data.Set) *data.Set {
		if readings++; readings > 1 {
			panic("a strange end")
		}
		return s
	}}
	requireError(t, run.Train(source, windowSteps+1), "stranger", "a strange end")
	if run.Step() != windowSteps {
		t.Errorf("it made %d steps, want the %d of what was read", run.Step(), windowSteps)
	}
}

func TestNilExamplesAreRefused(t *testing.T) {
	run := trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 1)
	_, err := run.Energies(nil)
	requireError(t, err, run.Dir, "nil", "[2]")
	_, err = run.Denoise(nil, 1)
	requireError(t, err, run.Dir, "nil", "[2]")
}
