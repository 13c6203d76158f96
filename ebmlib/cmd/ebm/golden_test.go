package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/weights"
)

// goldenDir is a directory with copies of a small golden file, by these names.
func goldenDir(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		for _, ending := range []string{".npz", ".json"} {
			content, err := os.ReadFile("../../golden/testdata/resblock_groupnorm" + ending)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name+ending), content, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestGoldenHolds(t *testing.T) {
	dir := goldenDir(t, "b", "a")
	output := mustRun(t, "golden", dir)
	requireWords(t, output, "engine: go", "a.npz on go", "b.npz on go", "grad_x_of_sum_sq", "holds", "golden files checked on go: 2, all hold\n")
	if strings.Index(output, "a.npz") > strings.Index(output, "b.npz") {
		t.Errorf("b comes before a:\n%s", output)
	}
	requireWords(t, mustRun(t, "golden", filepath.Join(dir, "b.npz"), "--engine", "go"), `"go" was asked for`, "b.npz", "checked on go: 1, all hold")
}

// The gradients of a network are many: the worst of each kind is shown, or all.
func TestGoldenShowsAll(t *testing.T) {
	few, all := mustRun(t, "golden", reference), mustRun(t, "golden", reference, "--all")
	requireWords(t, few, "loss_cd", "grad_total/", "13 more")
	requireWords(t, all, "loss_cd", "grad_total/conv1.bias", "grad_total/conv1.weight", "grad_kl_entropy/res3.conv2.bias", "map_fc2.weight")
	if strings.Count(few, "grad_total/") != 1 {
		t.Errorf("gradients of one kind are shown more than once:\n%s", few)
	}
}

// Whatever is wrong with one file, the others are checked, and each problem is named at the end.
func TestGoldenNamesEachProblem(t *testing.T) {
	dir, empty := goldenDir(t, "alone", "good", "spoiled", "unreadable"), t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Remove(in("alone.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in("unreadable.npz"), []byte("no archive"), 0o666); err != nil {
		t.Fatal(err)
	}
	arrays := readWeights(t, in("spoiled.npz"))
	arrays["out"] = tensors.FromScalar(float32(1))
	if err := weights.Write(in("spoiled.npz"), arrays); err != nil {
		t.Fatal(err)
	}
	mustFail(t, 1, []string{
		"good.npz on go", "spoiled.npz on go", "FAILS: ours has the shape",
		"golden files checked on go: 4, not all hold",
		in("alone.json"), in("unreadable.npz"), in("spoiled.npz") + " on go: 1 of 2 quantities fail", empty + " has no golden files", in("missing"),
	}, "golden", in("missing"), empty, dir)
}

func TestGoldenErrors(t *testing.T) {
	empty := t.TempDir()
	mustFail(t, 1, []string{empty, "no golden files", ".npz", ".json"}, "golden", empty)
	mustFail(t, 1, []string{`"cuda"`, "xla, onnx or go"}, "golden", empty, "--engine", "cuda")
	mustFail(t, 1, []string{"golden files", "PATH..."}, "golden")
}
