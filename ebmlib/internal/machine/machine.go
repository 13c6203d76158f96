// Package machine tells what this machine has: its processor, its memory, its GPUs.
package machine

import (
	"bufio"
	"cmp"
	"context"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Processor is the model that Linux names, "unknown processor" elsewhere, and how many of it there are.
func Processor() (model string, count int) {
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

// GPU is one that NVIDIA's driver has.
type GPU struct {
	Name   string
	Memory int64 // in bytes
	Free   int64 // of them
	Driver string
}

// GPUs are those that nvidia-smi finds; none where it isn't there, or gives no answer in 20 seconds.
func GPUs(ctx context.Context) []GPU {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	output, err := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=name,memory.total,memory.free,driver_version",
		"--format=csv,noheader,nounits").Output()
	if err != nil {
		return nil
	}
	return parseGPUs(string(output))
}

// parseGPUs reads lines of name, MiB of memory, MiB of it that are free, and driver.
func parseGPUs(lines string) []GPU {
	var gpus []GPU
	for line := range strings.Lines(lines) {
		fields := strings.Split(strings.TrimSpace(line), ", ")
		if len(fields) != 4 {
			continue
		}
		memory, err := strconv.ParseInt(fields[1], 10, 64)
		free, err2 := strconv.ParseInt(fields[2], 10, 64)
		if err == nil && err2 == nil { // Where a GPU shares the processor's memory, it has none to tell of.
			gpus = append(gpus, GPU{fields[0], memory << 20, free << 20, fields[3]})
		}
	}
	return gpus
}
