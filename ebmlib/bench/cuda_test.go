package bench

import (
	"testing"

	"ebm/ebmlib/backends/backendtest"
)

// TestCUDACompiler makes a step of works as a GPU is given it, but by XLA's CUDA compiler alone, which needs no GPU: the programs are compiled
// for an NVIDIA H200, and none is run. Standard error says what became of each. One work in one precision:
//
//	go test ./ebmlib/bench -v -run TestCUDACompiler/cifar64/tf32
func TestCUDACompiler(t *testing.T) {
	engine := backendtest.Open(t, backendtest.CUDACompiler(t))
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
