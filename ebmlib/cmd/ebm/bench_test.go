package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ebm/ebmlib/bench"
)

// python writes a program that takes part in a benchmark, whatever script it is given, as Python would with the peers' libraries.
func python(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o777); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBench(t *testing.T) {
	peer := python(t, `
if [ "$2" = --check ]; then
	echo '{"contender":"torch","version":"2","device":"cpu","check":{"energy_pos_each_scale":0,"loss_total":0,"grad_total":0},"holds":true}'
	exit
fi
echo '{"compile_seconds":1}'
while read n; do
	[ "$n" = 1 ] || exit 3
	echo '{"seconds":[500],"peak_bytes":1000000}'
done
`)
	file := filepath.Join(t.TempDir(), "report.json")
	output := mustRun(t, "bench", "points:batch=4,steps=2", "--engines", "go", "--against", "torch", "--python", peer, "--rounds", "2",
		"--seconds", "0.01", "--json", file)
	requireWords(t, output, "points:batch=4,steps=2: ", "matrix peak of go", "torch / go: ", "500 s", "above 1 where ours is the faster")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report bench.Report
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	result := report.Works[0]
	if result.Work != "points:batch=4,steps=2" || len(result.Contenders) != 2 || len(result.Contenders[0].Rounds) != 2 || result.Gradients != 8 {
		t.Errorf("the report in the file is %s", text)
	}
}

func TestBenchList(t *testing.T) {
	list := mustRun(t, "bench", "--list")
	for _, work := range bench.Works() {
		requireWords(t, "\n"+list, "\n"+work.Name+" ")
	}
	if lines := strings.Count(list, "\n"); lines != len(bench.Works()) {
		t.Errorf("%d lines", lines)
	}
}

// What fails is named, the rest is timed, and the status says that not all went well.
func TestBenchWithABrokenPeer(t *testing.T) {
	broken := python(t, "echo no module named jax >&2; exit 1\n")
	mustFail(t, 1, []string{"points: ", "steps/s", "jax failed: it ended with exit status 1", "no module named jax"},
		"bench", "points:batch=4,steps=2", "--engines", "go", "--against", "jax", "--python", broken, "--rounds", "1", "--seconds", "0.01")
}

func TestBenchErrors(t *testing.T) {
	mustFail(t, 1, []string{`no work "a11"`, "a10"}, "bench", "a11")
	mustFail(t, 1, []string{`no peer "theano"`, "torch-compile"}, "bench", "points", "--engines", "go", "--against", "theano", "--python", "python3")
	mustFail(t, 1, []string{"--rounds is 0"}, "bench", "points", "--rounds", "0")
	mustFail(t, 1, []string{"--seconds 0"}, "bench", "points", "--seconds", "0")
	mustFail(t, 1, []string{`engine named "abacus"`, "xla, onnx or go"}, "bench", "points:batch=4,steps=2", "--engines", "abacus")
	mustFail(t, 1, []string{`"float8"`, "bfloat16"}, "bench", "points", "--precision", "float8")
	mustFail(t, 1, []string{"points:batch=4,steps=2 in bfloat16: go: ", "bfloat16", "steps/s"},
		"bench", "points:batch=4,steps=2", "--engines", "go", "--precision", "float32,bfloat16", "--rounds", "1", "--seconds", "0.01")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	report := filepath.Join(file, "report.json")
	mustFail(t, 1, []string{report}, "bench", "points", "--json", report)
}
