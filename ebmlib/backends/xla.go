package backends

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
)

// openXLA opens a PJRT plugin: the one named in the options, the project's own for "cpu", or the first that GoMLX's
// search finds, or that of a JAX installation.
func openXLA(options string) (compute.Backend, string, error) {
	xla.EnableAutoInstall(false)
	name, rest, _ := strings.Cut(options, ",")
	plugin, err := findPlugin(name)
	if err != nil {
		return nil, "", err
	}
	// Only on a CPU could the plugin and the program share arrays. Without that a CPU goes the way that a GPU goes.
	backend, err := xla.NewWithOptions(plugin+",shared_buffers=false,"+rest, nil)
	if err != nil {
		return nil, "", err
	}
	if plugin != ownPlugin() {
		return backend, backend.Description(), nil
	}
	device, _, _ := strings.Cut(backend.DeviceDescription(0), " [")
	return backend, device, nil
}

// findPlugin is the path of the plugin, or the name by which GoMLX's search finds it.
func findPlugin(name string) (string, error) {
	if name == "cpu" {
		if _, err := os.Stat(ownPlugin()); err != nil {
			return "", Missing(fmt.Sprintf("XLA for the CPU is not installed (`kernels/setup-xla` does that): there is no %s", ownPlugin()))
		}
		return ownPlugin(), nil
	}
	if filepath.IsAbs(name) {
		return name, nil
	}
	// A plugin that was opened by its path counts as found from then on. It is for those who name it.
	found := slices.DeleteFunc(slices.Clone(xla.GetAvailablePlugins()), filepath.IsAbs)
	if len(found) == 0 && (name == "" || name == "cuda") {
		if plugin := jaxPlugin(); plugin != "" {
			return plugin, nil
		}
	}
	if len(found) == 0 {
		return "", Missing("XLA has no plugin on this machine (PJRT_PLUGIN_LIBRARY_PATH names a folder of them, and that of a JAX with CUDA is found)")
	}
	if name == "" {
		return found[0], nil
	}
	return name, nil
}

// ownPlugin is where kernels/setup-xla puts the project's plugin for the CPU.
func ownPlugin() string {
	_, source, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(source), "..", "..", ".deps", "xla", "pjrt_cpu.so")
}
