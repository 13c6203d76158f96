package bench

import (
	"os"
	"path/filepath"
	"testing"

	"ebm/ebmlib/backends"
)

// TestCUDACompiler makes a step of works as a GPU is given it, but by XLA's CUDA compiler alone, which needs no GPU: the programs are compiled
// for an NVIDIA H200, and none is run. Standard error says what became of each. One work in one precision:
//
//	go test ./ebmlib/bench -v -run TestCUDACompiler/cifar64/tf32
func TestCUDACompiler(t *testing.T) {
	plugin, err := filepath.Abs("../../.deps/xla/pjrt_cuda.so")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(plugin); err != nil {
		t.Skip("XLA's CUDA compiler is not installed (`kernels/setup-xla cuda` does that)")
	}
	t.Setenv("GOPJRT_CUDA_CHECKS", "0") // Of the libraries that running takes none is needed.
	engine, err := backends.OpenNamed("xla:" + plugin)
	if err != nil {
		t.Fatal(err)
	}
	if !onGPU(engine) {
		t.Fatal("the engine gives the compiler what a CPU is given")
	}
	works, err := Parse([]string{"digits", "cifar64", "sample-cifar16"})
	if err != nil {
		t.Fatal(err)
	}
	for _, work := range works {
		t.Run(work.Name, func(t *testing.T) {
			for _, precision := range []string{tf32s, bfloat16s} {
				t.Run(precision, func(t *testing.T) {
					in, err := In([]string{precision}, []Work{work})
					if err != nil {
						t.Fatal(err)
					}
					meter, err := in[0].meter(engine)
					if err != nil {
						t.Fatal(err)
					}
					defer meter.Finalize()
					if _, err := meter.Steps(1); err != nil {
						t.Fatal(err)
					}
				})
			}
		})
	}
}
