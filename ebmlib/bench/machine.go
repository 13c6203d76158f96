package bench

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"ebm/ebmlib/internal/machine"
)

// Machine is where a benchmark ran.
type Machine struct {
	Processor string   `json:"processor"`
	Cores     int      `json:"cores"`          // that this process may use
	GPUs      []string `json:"gpus,omitempty"` // with memory and driver, as nvidia-smi names them
	System    string   `json:"system"`
	// Load is how many threads were running or waiting to run on average in the minute before the benchmark, as Linux has it; Busy tells
	// whether that is more than a quarter of the processors that Linux has, which may be more than this process may use.
	Load float64 `json:"load"`
	Busy bool    `json:"busy"`
}

func (m Machine) String() string {
	text := fmt.Sprintf("%s, %d cores, %s", m.Processor, m.Cores, m.System)
	for _, gpu := range m.GPUs {
		text += "; " + gpu
	}
	return text
}

func thisMachine(ctx context.Context) Machine {
	m := Machine{Cores: runtime.NumCPU(), GPUs: gpus(ctx), System: runtime.GOOS + "/" + runtime.GOARCH, Load: load()}
	var processors int
	m.Processor, processors = machine.Processor()
	m.Busy = m.Load > 0.25*float64(processors)
	return m
}

// load is 0 where the system doesn't say.
func load() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	var minute float64
	if _, err := fmt.Sscan(string(text), &minute); err != nil {
		return 0
	}
	return minute
}

// gpus are those of NVIDIA, with memory and driver.
func gpus(ctx context.Context) []string {
	var names []string
	for _, gpu := range machine.GPUs(ctx) {
		names = append(names, fmt.Sprintf("%s, %d MiB, %s", gpu.Name, gpu.Memory>>20, gpu.Driver))
	}
	return names
}
