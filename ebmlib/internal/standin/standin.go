// Package standin has what a compute engine needs that stands before another: buffers and compiled graphs around those of the engine behind.
// GoMLX refuses a buffer that names another engine than the one it is used with, so a buffer names the one in front, and is taken out of
// its wrapping when it goes to the one behind.
package standin

import "github.com/gomlx/compute"

// Engine is the one in front.
type Engine interface {
	compute.Backend
	// Around wraps a buffer of the engine behind, in a [Buffer] or what embeds one.
	Around(behind compute.Buffer) compute.Buffer
}

// Buffer is one of the engine behind that names the engine in front.
type Buffer struct {
	compute.Buffer
	Front Engine
}

// Backend is the engine in front.
func (b Buffer) Backend() compute.Backend { return b.Front }

// Behind is the engine's own buffer.
func (b Buffer) Behind() compute.Buffer { return b.Buffer }

// CopyToDevice is the engine's, the copy wrapped.
func (b Buffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	copied, err := b.Buffer.CopyToDevice(device)
	if err != nil {
		return nil, err
	}
	return b.Front.Around(copied), nil
}

// Executable is a compiled graph of the engine behind that takes and gives buffers of the engine in front.
type Executable struct {
	compute.Executable
	Front Engine
}

// Execute is the engine's, its inputs unwrapped and its outputs wrapped.
func (e Executable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	behind := make([]compute.Buffer, len(inputs))
	for i, input := range inputs {
		behind[i] = input
		if wrapped, is := input.(interface{ Behind() compute.Buffer }); is {
			behind[i] = wrapped.Behind()
		}
	}
	outputs, err := e.Executable.Execute(behind, donate, device)
	for i := range outputs {
		outputs[i] = e.Front.Around(outputs[i])
	}
	return outputs, err
}
