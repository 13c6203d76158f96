package backends

import (
	"bytes"
	"sync"

	"github.com/gomlx/compute"
	onnx "github.com/gomlx/compute-onnx"
	"github.com/gomlx/compute/shapes"
	"google.golang.org/protobuf/proto"
)

// onnxCPU is GoMLX's engine for ONNX Runtime, on a CPU, with blocked convolutions: see useBlocks. It stands before the engine itself, as do
// its buffers and compiled graphs before the engine's: a buffer that doesn't name the engine it is used with is refused.
type onnxCPU struct {
	*onnx.Backend
	block     func() int // channels in a block; 0 for plain convolutions
	compiling *sync.Mutex
}

func newONNXCPU(engine *onnx.Backend) *onnxCPU {
	compiling := new(sync.Mutex)
	return &onnxCPU{engine, sync.OnceValue(func() int { return blockSize(engine, compiling) }), compiling}
}

func (e *onnxCPU) Builder(name string) compute.Builder {
	builder := onnx.NewBuilder(name, e.Backend)
	return &onnxBuilder{builder, e, &convolutions{Function: builder.Main().(*onnx.Function)}}
}

func (e *onnxCPU) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	buffer, err := e.Backend.BufferFromFlatData(device, flat, shape)
	return e.own(buffer, err)
}

func (e *onnxCPU) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	buffer, flat, err := e.Backend.NewSharedBuffer(device, shape)
	buffer, err = e.own(buffer, err)
	return buffer, flat, err
}

func (e *onnxCPU) own(buffer compute.Buffer, err error) (compute.Buffer, error) {
	if err != nil {
		return nil, err
	}
	return onnxBuffer{buffer, e}, nil
}

type onnxBuffer struct {
	compute.Buffer
	engine *onnxCPU
}

func (b onnxBuffer) Backend() compute.Backend { return b.engine }

func (b onnxBuffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	buffer, err := b.Buffer.CopyToDevice(device)
	return b.engine.own(buffer, err)
}

type onnxExecutable struct {
	compute.Executable
	engine *onnxCPU
}

func (e onnxExecutable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	engines := make([]compute.Buffer, len(inputs))
	for i, input := range inputs {
		engines[i] = input
		if buffer, ok := input.(onnxBuffer); ok {
			engines[i] = buffer.Buffer
		}
	}
	outputs, err := e.Executable.Execute(engines, donate, device)
	for i, output := range outputs {
		outputs[i] = onnxBuffer{output, e.engine}
	}
	return outputs, err
}

type onnxBuilder struct {
	*onnx.Builder
	engine *onnxCPU
	main   *convolutions
}

func (b *onnxBuilder) Main() compute.Function { return b.main }

// Compile is the engine's. Where blocked convolutions pay it compiles twice, for the engine gives its model only with a compiled one.
func (b *onnxBuilder) Compile() (compute.Executable, error) {
	pay := false
	for _, c := range b.main.asked {
		pay = pay || c.pays(b.engine.block())
	}
	b.engine.compiling.Lock()
	defer b.engine.compiling.Unlock()
	b.engine.SetKeepModelProto(pay)
	compiled, err := b.Builder.Compile()
	b.engine.SetKeepModelProto(false)
	if err != nil {
		return nil, err
	}
	if !pay {
		return onnxExecutable{compiled, b.engine}, nil
	}

	defer proto.Reset(compiled.(*onnx.Executable).ModelProto()) // It has the memory of all constants.
	if !useBlocks(compiled.(*onnx.Executable), b.main.asked, b.engine.block()) {
		return onnxExecutable{compiled, b.engine}, nil
	}
	defer compiled.Finalize()
	var model bytes.Buffer
	if err := onnx.SaveModel(b.engine.Backend, compiled, &model, nil, nil); err != nil {
		return nil, err
	}
	loaded, err := onnx.LoadModel(b.engine.Backend, &model)
	if err != nil {
		return nil, err
	}
	// A model has no scalars but vectors of one number, so a loaded one has lost them. Its lists of shapes are its own, so they can be mended.
	_, inputs := compiled.Inputs()
	_, lost := loaded.Inputs()
	copy(lost, inputs)
	copy(loaded.Outputs(), compiled.Outputs())
	return onnxExecutable{loaded, b.engine}, nil
}
