package golden_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/golden"
)

// A file by which another program, or another engine, can be held against the pure Go engine.
func ExampleWrite() {
	engine, err := backends.OpenNamed("go")
	if err != nil {
		log.Fatal(err)
	}
	folder, err := os.MkdirTemp("", "golden-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "points.npz")
	setting := golden.Setting{
		Model: "mlp", Hidden: []int{16, 16}, Channels: 2, Norm: "none",
		Steps: 3, StepSize: 0.04, Noise: 0.28, KLSteps: 1, KLWeight: 1, Entropy: 0.3, L2: 0.001,
	}
	if err := golden.Write(engine, path, setting, 8, 1); err != nil {
		log.Fatal(err)
	}
	report, err := golden.Check(engine, path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Holds())
	// Output: true
}
