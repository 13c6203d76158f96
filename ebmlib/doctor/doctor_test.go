package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
)

func requireWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%q doesn't say %q", text, word)
		}
	}
}

// script is the command of an engine that is a shell script.
func script(body string) []string { return []string{"sh", "-c", body, "engine"} }

func TestAnEngineThatEndsItsProcess(t *testing.T) {
	found := examineEngine(t.Context(), script("echo libfoo.so is damaged >&2; kill -9 $$"), "xla")
	requireWords(t, found.Broken, "signal: killed", "libfoo.so is damaged")
	found = examineEngine(t.Context(), script(`echo '{"details": "Foo 1.0"}'; echo bad instruction >&2; exit 3`), "xla")
	requireWords(t, found.Cut, "exit status 3", "bad instruction")
	if found.Broken != "" || found.Details != "Foo 1.0" {
		t.Errorf("an engine that opened is %+v", found)
	}
	found = examineEngine(t.Context(), []string{filepath.Join(t.TempDir(), "nowhere")}, "xla")
	requireWords(t, found.Broken, "nowhere")
}

func TestAnEngineThatTakesTooLong(t *testing.T) {
	p, err := start(t.Context(), script("exec sleep 60"))
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	err = p.read(new(engine), 50*time.Millisecond)
	p.stop()
	if err == nil || time.Since(began) > 20*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	} else {
		requireWords(t, err.Error(), "no answer within 50ms")
	}
}

// Of each finding the report says what it is and what to do, and only the engine that training takes decides whether it can run.
func TestEngines(t *testing.T) {
	good := engine{Name: "go", Details: "pure Go", Version: "compute v1", Largest: 2e-5, Seconds: 0.1}
	for name, test := range map[string]struct {
		variable string
		found    engine
		words    []string
		err      string
	}{
		"missing": {"", engine{Name: "onnx", Missing: "there is no library"}, []string{"missing: there is no library", "make setup"}, ""},
		"missing, asked for": {"onnx", engine{Name: "onnx", Missing: "there is no library"}, []string{"make setup", "unset " + backends.Variable},
			"there is no library"},
		"broken": {"", engine{Name: "onnx", Broken: "bad.so is no library"},
			[]string{"BROKEN: bad.so is no library", "make setup", backends.Variable + "=go"}, "doesn't open"},
		"broken, another asked for": {"go", engine{Name: "onnx", Broken: "bad.so is no library"}, []string{"BROKEN: bad.so", "ONNXRUNTIME_SHARED_LIBRARY_PATH"}, ""},
		"wrong": {"", engine{Name: "onnx", Details: "ONNX", Wrong: "its gradients differ"}, []string{"ONNX", "FAILED: its gradients differ",
			"another version"}, "fails its self-test"},
		"cut": {"", engine{Name: "onnx", Details: "ONNX", Cut: "no answer"}, []string{"NOT DONE: no answer", "less busy"}, "did not come to the end"},
		"good": {"", engine{Name: "onnx", Details: "ONNX", Largest: 2e-5, Seconds: 0.1}, []string{"gradients hold (largest difference 2e-05, 0.1 s)"},
			""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(backends.Variable, test.variable)
			e := engines{all: []engine{test.found, good}, chosen: test.variable}
			e.choose()
			section, advice := describeEngines(e, false)
			text := Report{Sections: []Section{section}, Advice: advice}.String()
			requireWords(t, strings.Join(strings.Fields(text), " "), append(test.words, "pure Go", "gradients hold", "chosen, because")...)
			switch err := e.err(); {
			case err == nil && test.err != "":
				t.Error("no error")
			case err != nil && (test.err == "" || !strings.Contains(err.Error(), test.err)):
				t.Errorf("error %q, want %q", err, test.err)
			}
		})
	}
}

func TestJupyter(t *testing.T) {
	root := t.TempDir()
	section, advice := jupyter(t.Context(), root)
	requireWords(t, Report{Sections: []Section{section}, Advice: advice}.String(), "missing", "kernel.json", "git clone")

	write := func(content string, mode os.FileMode, path ...string) {
		t.Helper()
		file := filepath.Join(append([]string{root}, path...)...)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o777), os.WriteFile(file, []byte(content), mode)); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"argv": ["{resource_dir}/start", "--kernel"], "display_name": "A Kernel"}`, 0o666, "kernels", "ebm", "kernel.json")
	section, advice = jupyter(t.Context(), root)
	requireWords(t, Report{Sections: []Section{section}, Advice: advice}.String(), "A Kernel", "start is missing", "git checkout", "make setup")

	write("#!/bin/sh\n", 0o777, "kernels", "ebm", "start")
	write("#!/bin/sh\n", 0o777, ".deps", "bin", "gonb")
	write("python_with() { echo /the/python; }\n", 0o666, "kernels", "env.sh")
	section, advice = jupyter(t.Context(), root)
	requireWords(t, Report{Sections: []Section{section}}.String(), "launcher start is there", filepath.Join(root, ".deps", "bin", "gonb"), "/the/python")
	if len(advice) > 0 {
		t.Errorf("where nothing is missing the advice is %q", advice)
	}
}

func TestSets(t *testing.T) {
	dir := t.TempDir()
	section, advice := findSets(t.Context(), dir).describe()
	requireWords(t, Report{Sections: []Section{section}, Advice: advice}.String(), dir, "missing", "celeba", "mnist", "make setup")

	folder := filepath.Join(dir, "digits-8x8")
	if err := errors.Join(os.MkdirAll(folder, 0o777),
		data.WriteIDX(filepath.Join(folder, "images-idx3-ubyte"), []int{3, 8, 8}, make([]uint8, 3*8*8)),
		data.WriteIDX(filepath.Join(folder, "labels-idx1-ubyte"), []int{3}, make([]uint8, 3)),
		os.WriteFile(filepath.Join(dir, "train_32x32.mat"), []byte("not MATLAB's"), 0o666)); err != nil {
		t.Fatal(err)
	}
	section, advice = findSets(t.Context(), dir).describe()
	requireWords(t, Report{Sections: []Section{section}, Advice: advice}.String(), "digits 8x8: 3 examples of shape [1 8 8]", "svhn", "can't be read",
		"the data set svhn")

	section, advice = findSets(t.Context(), filepath.Join(dir, "nowhere")).describe()
	requireWords(t, Report{Sections: []Section{section}, Advice: advice}.String(), "nowhere", "EBM_DATA")
}

func TestTheReportIsLegible(t *testing.T) {
	long := strings.Repeat("word ", 60)
	var section Section
	section.add("name", "%s", long)
	section.add("", "more")
	text := Report{Sections: []Section{section}, Advice: []string{long}}.String()
	for line := range strings.Lines(text) {
		if len(strings.TrimRight(line, "\n")) > 100 {
			t.Errorf("%q has more than 100 columns", line)
		}
	}
	if got := strings.Count(text, "word"); got != 120 {
		t.Errorf("%d of 120 words", got)
	}
	requireWords(t, text, "\n"+strings.Repeat(" ", 16)+"more\n")
}
