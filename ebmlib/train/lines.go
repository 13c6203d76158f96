package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"ebm/ebmlib/internal/untrusted"
)

// readLines reads the records of a run's small .jsonl file, one a line; none where there is no file. remedy is what to do about a damaged one.
func readLines[T any](path, remedy string) ([]T, error) {
	text, err := untrusted.ReadFile(path, maxNote)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []T
	for i, line := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		var record T
		if err := json.Unmarshal(line, &record); err != nil {
			return nil, fmt.Errorf("%s: line %d can't be read: %w; %s", path, i+1, err, remedy)
		}
		all = append(all, record)
	}
	return all, nil
}

// writeLines replaces the file whole.
func writeLines[T any](path string, all []T) error {
	var text bytes.Buffer
	for _, record := range all {
		line, err := json.Marshal(record)
		if err != nil {
			return err
		}
		text.Write(append(line, '\n'))
	}
	return replaceFile(path, text.Bytes())
}
