package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// doctored is what ebm doctor prints with these environment variables besides, and how it ends.
func doctored(t *testing.T, environment ...string) (text string, err error) {
	t.Helper()
	command := ebm("doctor", "--data", t.TempDir())
	command.Env = append(command.Env, environment...)
	output, err := command.Output()
	for line := range strings.Lines(string(output)) {
		if words := strings.Fields(line); len([]rune(line)) > 101 && len(words) > 3 {
			t.Errorf("%q has more than 100 columns", line)
		}
	}
	return strings.Join(strings.Fields(string(output)), " "), err
}

func TestDoctor(t *testing.T) {
	text, err := doctored(t, "PJRT_PLUGIN_LIBRARY_PATH="+t.TempDir())
	if err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	requireWords(t, text, "processor", "cores", "memory", "GoMLX v", "engines xla missing", "go found: pure Go", "gradients hold (largest difference",
		"chosen, because GOMLX_BACKEND asks for it", "kernel EBM (Go)", "missing celeba", "make setup")
}

// Libraries that are none are named with the remedy, and all else is examined.
func TestDoctorWithBrokenLibraries(t *testing.T) {
	dir := t.TempDir()
	plugin, library := filepath.Join(dir, "pjrt_c_api_cpu_plugin.so"), filepath.Join(dir, "libonnxruntime.so.1")
	for _, path := range []string{plugin, library} {
		if err := os.WriteFile(path, []byte("not a library\n"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	broken := []string{"PJRT_PLUGIN_LIBRARY_PATH=" + dir, "ONNXRUNTIME_SHARED_LIBRARY_PATH=" + library}
	text, err := doctored(t, broken...)
	if err != nil {
		t.Errorf("the engine go, which is asked for, is well, and yet: %v", err)
	}
	requireWords(t, text, "xla BROKEN", plugin, "onnx BROKEN", library, "mend or remove the plugin", "remove .deps/lib", "go found", "gradients hold", "kernel EBM (Go)", "missing celeba")

	text, err = doctored(t, append(broken, "GOMLX_BACKEND=onnx")...)
	if err == nil {
		t.Error("exit status 0 where the engine that is asked for is broken")
	}
	requireWords(t, text, "onnx BROKEN", "go found", "gradients hold", "GOMLX_BACKEND=go chooses the pure Go engine")
}
