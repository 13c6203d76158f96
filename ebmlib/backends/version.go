package backends

import (
	"debug/elf"
	"os"
	"path"
	"runtime"
	"strings"

	"ebm/ebmlib/internal/machine"
)

// modules are those behind each kind of engine.
var modules = map[string]string{
	"go":   "github.com/gomlx/compute",
	"onnx": "github.com/gomlx/compute-onnx",
	"xla":  "github.com/gomlx/go-xla",
}

// Version names what computes: the engine's library where it says, GoMLX's module for it, and Go.
func (e *Engine) Version() string {
	var parts []string
	switch e.Kind {
	case "onnx":
		if library := onnxRuntimeVersion(); library != "" {
			parts = append(parts, "ONNX Runtime "+library)
		}
	case "xla":
		parts = append(parts, e.Details)
	}
	module := modules[e.Kind]
	if version := machine.Module(module); version != "" {
		parts = append(parts, path.Base(module)+" "+version)
	}
	return strings.Join(append(parts, runtime.Version()), ", ")
}

// onnxRuntimeVersion is that of the library that was opened, as its symbols have it (VERS_1.27.0); "" if they don't.
func onnxRuntimeVersion() string {
	library, err := elf.Open(os.Getenv(libraryVariable))
	if err != nil {
		return ""
	}
	defer library.Close()
	versions, err := library.DynamicVersions()
	if err != nil {
		return ""
	}
	for _, v := range versions {
		if name, found := strings.CutPrefix(v.Name, "VERS_"); found {
			return name
		}
	}
	return ""
}
