// Package untrusted bounds what a file can make its reader do, since the file may come from a stranger who made it to do harm.
//
//	text, err := untrusted.ReadFile(path, 1<<20)
//	err = untrusted.JSON(text, &settings)
//	most := untrusted.Unpacked(size)
package untrusted

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

const (
	unpackedTimes = 200
	unpackedFree  = 16 << 20
	maxDepth      = 64
)

// Unpacked is how many bytes are taken of what so many compressed bytes unpack to: 200 times as many, or 16 MiB if that is more.
// Deflate can make 1032 bytes of one, but hardly of data: of the official files the densest, that of dSprites, has 117.
func Unpacked(packed int64) int64 { return max(unpackedTimes*packed, unpackedFree) }

// ReadFile reads a whole file. One of more than so many bytes, or no regular file, is an error that names it.
func ReadFile(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is a directory or device: give the path of the file itself", path)
	}
	if info.Size() > most {
		return nil, fmt.Errorf("%s has %d bytes, and no more than %d are read of such a file: is it the right one?", path, info.Size(), most)
	}
	return os.ReadFile(path)
}

// JSON is [json.Unmarshal] of a text that is nested no deeper than 64: types that decode themselves, such as a model with a model
// in it, take time and memory by the square of their depth.
func JSON(text []byte, into any) error {
	if err := checkDepth(text); err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func checkDepth(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	depth := 0
	for {
		token, err := decoder.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth > maxDepth {
			return fmt.Errorf("its JSON is nested deeper than %d", maxDepth)
		}
	}
}
