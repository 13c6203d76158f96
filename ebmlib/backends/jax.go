package backends

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// This file finds the CUDA plugin that a JAX installation brings (the Python packages jax-cuda13-plugin, jax-cuda12-plugin), so that a machine
// that runs JAX on its GPU runs this without more.

// jaxPlugin is that plugin's path, "" where there is none. It tells XLA where the installation's CUDA programs are, which it compiles with.
func jaxPlugin() string {
	for _, python := range jaxPythons() {
		for _, packages := range jaxPackages(python) {
			plugin, cuda := cudaPlugin(packages)
			if plugin == "" {
				continue
			}
			if cuda != "" {
				appendVariable("XLA_FLAGS", " ", "--xla_gpu_cuda_data_dir="+cuda)
				appendVariable("PATH", string(os.PathListSeparator), filepath.Join(cuda, "bin"))
			}
			if os.Getenv("GOPJRT_CUDA_CHECKS") == "" { // go-xla looks for the libraries elsewhere, and would warn; the plugin finds them.
				os.Setenv("GOPJRT_CUDA_CHECKS", "0")
			}
			return plugin
		}
	}
	return ""
}

// jaxPythons are the Python programs that may have JAX: the project's own, with what benchmarks are compared with, and the one on PATH.
func jaxPythons() []string {
	if driver, _ := filepath.Glob("/dev/nvidia[0-9]*"); len(driver) == 0 {
		return nil // Without a GPU nothing need be asked.
	}
	_, source, _, _ := runtime.Caller(0)
	return []string{filepath.Join(filepath.Dir(source), "..", "..", ".deps", "peers", "bin", "python"), "python3"}
}

// jaxPackages asks a Python for the folders that hold JAX's plugins.
func jaxPackages(python string) []string {
	limited, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	output, err := exec.CommandContext(limited, python, "-c", `import jax_plugins; print(*jax_plugins.__path__, sep="\n")`).Output()
	if err != nil {
		return nil // It isn't there, or has no JAX.
	}
	return strings.FieldsFunc(string(output), func(r rune) bool { return r == '\n' }) // A path may have blanks.
}

// cudaPlugin is the newest CUDA plugin in a folder of JAX's plugins, and the folder of the CUDA programs beside it.
func cudaPlugin(packages string) (plugin, cuda string) {
	found, _ := filepath.Glob(filepath.Join(packages, "xla_cuda*", "xla_cuda_plugin.so"))
	if len(found) == 0 {
		return "", ""
	}
	assemblers, _ := filepath.Glob(filepath.Join(packages, "..", "nvidia", "*", "bin", "ptxas"))
	if len(assemblers) > 0 {
		cuda = filepath.Dir(filepath.Dir(slices.Max(assemblers)))
	}
	return slices.Max(found), cuda
}

func appendVariable(name, separator, value string) {
	if before := os.Getenv(name); before != "" {
		value = before + separator + value
	}
	os.Setenv(name, value)
}
