package doctor

import (
	"context"
	"runtime"

	"ebm/ebmlib/internal/machine"
)

// modules are those that compute, by the names that they go by.
var modules = []struct{ name, path string }{
	{"GoMLX", "github.com/gomlx/gomlx"},
	{"compute", "github.com/gomlx/compute"},
	{"go-xla", "github.com/gomlx/go-xla"},
	{"compute-onnx", "github.com/gomlx/compute-onnx"},
}

// thisMachine is about the machine and what this program was made of.
func thisMachine(ctx context.Context) (Section, []machine.GPU) {
	s := Section{Title: "machine"}
	s.add("system", "%s/%s", runtime.GOOS, runtime.GOARCH)
	model, _ := machine.Processor()
	s.add("processor", "%s, %d cores for this process", model, runtime.NumCPU())
	switch memory, known := machine.ThisMemory(); {
	case !known:
		s.add("memory", "unknown: this system doesn't say")
	case memory.Limit < memory.Total:
		s.add("memory", "%s, of which this process may use %s (its control group's limit); %s available", machine.Bytes(memory.Total), machine.Bytes(memory.Limit),
			machine.Bytes(memory.Available))
	default:
		s.add("memory", "%s, %s available", machine.Bytes(memory.Total), machine.Bytes(memory.Available))
	}
	gpus := machine.GPUs(ctx)
	for _, gpu := range gpus {
		s.add("GPU", "%s, %s, %s free, driver %s", gpu.Name, machine.Bytes(gpu.Memory), machine.Bytes(gpu.Free), gpu.Driver)
	}
	if len(gpus) == 0 {
		s.add("GPU", "none (nvidia-smi finds none, or isn't here)")
	}
	s.add("Go", "%s", runtime.Version())
	for _, module := range modules {
		if version := machine.Module(module.path); version != "" {
			s.add(module.name, "%s", version)
		}
	}
	return s, gpus
}
