package bench

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
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
	m.Processor, processors = processor()
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

// processor is the model that Linux names, and how many of it there are.
func processor() (model string, count int) {
	info, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown processor", runtime.NumCPU()
	}
	defer info.Close()
	for lines := bufio.NewScanner(info); lines.Scan(); {
		switch name, value, _ := strings.Cut(lines.Text(), ":"); strings.TrimSpace(name) {
		case "processor":
			count++
		case "model name":
			model = strings.TrimSpace(value)
		}
	}
	return cmp.Or(model, "unknown processor"), max(count, 1)
}

// gpus are those that nvidia-smi finds, if it is there.
func gpus(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	output, err := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader").Output()
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(output)), "\n")
}
