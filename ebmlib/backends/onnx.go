package backends

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gomlx/compute"
	onnx "github.com/gomlx/compute-onnx"
	"github.com/gomlx/compute-onnx/support/onnxruntime"
)

// libraryVariable is the environment variable by which GoMLX's ONNX engine is told where its library lies.
const libraryVariable = "ONNXRUNTIME_SHARED_LIBRARY_PATH"

// openONNX opens ONNX Runtime. The library is the one that the variable names, or the one that `make setup` put
// into the project, or one beside the program, or one in GoMLX's own folder.
func openONNX(options string) (compute.Backend, string, error) {
	library, err := findONNX(libraryPaths())
	if err != nil {
		return nil, "", err
	}
	if err := os.Setenv(libraryVariable, library); err != nil {
		return nil, "", err
	}
	if options == "" {
		options = "cpu"
	}
	backend, err := onnx.New(options)
	if err != nil {
		return nil, "", fmt.Errorf("ONNX Runtime %s: %w", library, err)
	}
	if engine, ok := backend.(*onnx.Backend); ok && strings.HasPrefix(options, "cpu") {
		backend = newONNXCPU(engine)
	}
	return backend, "ONNX Runtime, " + options, nil
}

// findONNX is the library that the variable names, or the first of the paths that is there.
func findONNX(paths []string) (string, error) {
	if path := os.Getenv(libraryVariable); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%s names a library that can't be read: %w", libraryVariable, err)
		}
		return path, nil
	}
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", Missing(fmt.Sprintf("ONNX Runtime has no library on this machine (`make setup` installs it, %s names it)", libraryVariable))
}

// libraryPaths are the places where the library may lie when nobody names one.
func libraryPaths() []string {
	var paths []string
	if _, source, _, ok := runtime.Caller(0); ok {
		root := filepath.Join(filepath.Dir(source), "..", "..")
		paths = append(paths, filepath.Join(root, ".deps", "lib", "libonnxruntime.so.1"))
	}
	if program, err := os.Executable(); err == nil {
		paths = append(paths, filepath.Join(filepath.Dir(program), "libonnxruntime.so.1"))
	}
	folder, err := onnxruntime.GetInstallPath()
	name, err2 := onnxruntime.GetLibFilename()
	if err == nil && err2 == nil {
		paths = append(paths, filepath.Join(folder, name))
	}
	return paths
}
