package bench

import (
	"debug/elf"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"ebm/ebmlib/backends"
)

// modules are those behind each kind of engine.
var modules = map[string]string{
	"go":   "github.com/gomlx/compute",
	"onnx": "github.com/gomlx/compute-onnx",
	"xla":  "github.com/gomlx/go-xla",
}

// version names what computes: the engine's library where it says, and GoMLX's module for it.
func version(engine *backends.Engine) string {
	var parts []string
	switch engine.Kind {
	case "onnx":
		if library := onnxRuntimeVersion(); library != "" {
			parts = append(parts, "ONNX Runtime "+library)
		}
	case "xla":
		parts = append(parts, engine.Details)
	}
	module := modules[engine.Kind]
	if info, known := debug.ReadBuildInfo(); known {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				parts = append(parts, module[strings.LastIndex(module, "/")+1:]+" "+dependency.Version)
			}
		}
	}
	return strings.Join(append(parts, runtime.Version()), ", ")
}

// onnxRuntimeVersion is that of the library that was opened, as its symbols have it (VERS_1.27.0); "" if they don't.
func onnxRuntimeVersion() string {
	library, err := elf.Open(os.Getenv("ONNXRUNTIME_SHARED_LIBRARY_PATH"))
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
