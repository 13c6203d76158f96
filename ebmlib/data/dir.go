package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// dirVariable is the environment variable that names the data directory.
const dirVariable = "EBM_DATA"

// Dir returns the data directory: path if it is not "", else the value of the environment variable EBM_DATA if it is set,
// else ~/.ebm/data, which is created if need be. A directory that was named but is missing, or is a file, is an error that
// says where the name came from.
func Dir(path string) (string, error) {
	origin := "given by the caller"
	if path == "" {
		path, origin = os.Getenv(dirVariable), "from the variable "+dirVariable
	}
	if path == "" {
		return defaultDir()
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("data directory %s (%s) does not exist: create it, or correct the name", path, origin)
	case err != nil:
		return "", fmt.Errorf("data directory %s (%s): %w", path, origin, err)
	case !info.IsDir():
		return "", fmt.Errorf("data directory %s (%s) is a file: name the directory that holds the data files", path, origin)
	}
	return path, nil
}

func defaultDir() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no home directory to keep data in: set %s to a data directory: %w", dirVariable, err)
	}
	path := filepath.Join(home, ".ebm", "data")
	if err := os.MkdirAll(path, 0o755); err != nil {
		return "", fmt.Errorf("default data directory: %w; set %s to another one", err, dirVariable)
	}
	return path, nil
}
