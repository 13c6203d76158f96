package train

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/data"
)

// checkSource refuses a source that tells of no examples.
func checkSource(source data.Source) error {
	set, inMemory := source.(*data.Set)
	if source == nil || inMemory && set == nil {
		return errors.New("there is no data: the source is nil")
	}
	if inMemory {
		return set.Check()
	}
	info := source.Info()
	if info.Examples < 1 {
		return fmt.Errorf("the source %s (%T) has %d examples: its Info must tell of at least 1", info.Name, source, info.Examples)
	}
	rank, form := 1, "points need [dims]"
	if info.Images {
		rank, form = 3, "images need [channels, height, width]"
	}
	if len(info.Shape) != rank || slices.Min(info.Shape) < 1 {
		return fmt.Errorf("the source %s (%T) has examples of shape %v by its Info: %s", info.Name, source, info.Shape, form)
	}
	return nil
}

// readRows reads these rows of a source, and checks that what comes is what was asked for. A panic of the source's is an error too: it may be
// read in a goroutine, out of whose panics nobody gets.
func readRows(source data.Source, rows []int) (set *data.Set, err error) {
	info := source.Info()
	refuse := func(format string, values ...any) (*data.Set, error) {
		return nil, fmt.Errorf("the source %s (%T) was asked for %d examples, and its Read "+format,
			append([]any{info.Name, source, len(rows)}, values...)...)
	}
	if panicked := exceptions.Try(func() { set, err = source.Read(rows) }); panicked != nil {
		return refuse("panicked: %v", panicked)
	}
	if err != nil {
		return nil, err
	}
	if set == nil {
		return refuse("returned none, and no error")
	}
	if err := set.Check(); err != nil {
		return nil, err
	}
	if set.Len() != len(rows) {
		return refuse("returned %d", set.Len())
	}
	if !slices.Equal(set.Shape, info.Shape) || (set.Bytes != nil) != info.Images {
		return refuse("returned %s, where its Info tells of %s", kind(set.Info()), kind(info))
	}
	return set, nil
}

// kind says what examples are like.
func kind(info data.Info) string {
	if info.Images {
		return fmt.Sprintf("images of shape %v", info.Shape)
	}
	return fmt.Sprintf("points of shape %v", info.Shape)
}
