package doctor

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// jupyter looks for the Jupyter kernel in the project, for what its launcher starts, and for a JupyterLab.
func jupyter(ctx context.Context, root string) (Section, []string) {
	s := Section{Title: "Jupyter"}
	folder := filepath.Join(root, "kernels", "ebm")
	spec, err := readKernelSpec(folder)
	if err != nil {
		s.add("kernel", "missing: %v", err)
		return s, []string{"run this program where the project's source lies, of which the kernel is a part: `git clone` and `make setup` bring it"}
	}
	s.add("kernel", "%s, in %s", spec.Name, folder)
	var advice []string
	if executable(spec.launcher) {
		s.add("", "its launcher %s is there", filepath.Base(spec.launcher))
	} else {
		s.add("", "its launcher %s is missing, or can't be run", spec.launcher)
		advice = append(advice, "restore the kernel's launcher: `git checkout kernels/ebm` in "+root)
	}
	setup := false
	if gonb := filepath.Join(root, ".deps", "bin", "gonb"); executable(gonb) {
		s.add("GoNB", "%s", gonb)
	} else {
		s.add("GoNB", "missing: there is no %s, which the launcher starts", gonb)
		setup = true
	}
	if python := labPython(ctx, root); python != "" {
		s.add("JupyterLab", "of %s", python)
	} else {
		s.add("JupyterLab", "missing: neither the project's Python nor the one on PATH has it")
		setup = true
	}
	if setup {
		advice = append(advice, "`make setup` installs what notebooks need; the library and this command do without")
	}
	return s, advice
}

// kernelSpec is a kernel as Jupyter knows it.
type kernelSpec struct {
	Name     string   `json:"display_name"`
	Command  []string `json:"argv"`
	launcher string   // the program of the command
}

func readKernelSpec(folder string) (kernelSpec, error) {
	var spec kernelSpec
	text, err := os.ReadFile(filepath.Join(folder, "kernel.json"))
	if err != nil {
		return spec, err
	}
	if err := json.Unmarshal(text, &spec); err != nil {
		return spec, err
	}
	if len(spec.Command) > 0 {
		spec.launcher = strings.ReplaceAll(spec.Command[0], "{resource_dir}", folder)
	}
	return spec, nil
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// labPython is the Python that kernels/lab would take; "" if there is none.
func labPython(ctx context.Context, root string) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	output, err := exec.CommandContext(ctx, "bash", "-c", `. "$0" && python_with jupyterlab=4`, filepath.Join(root, "kernels", "env.sh")).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(output))
}
