package backends

import (
	"bytes"
	"slices"
	"sync"

	"github.com/gomlx/compute"
	onnx "github.com/gomlx/compute-onnx"
	"github.com/gomlx/compute/shapes"
	"google.golang.org/protobuf/proto"

	"ebm/ebmlib/internal/standin"
)

// onnxCPU stands before GoMLX's engine for ONNX Runtime on a CPU, and gives its graphs blocked convolutions: see useBlocks.
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

// Around makes the engine's buffers this one's.
func (e *onnxCPU) Around(behind compute.Buffer) compute.Buffer {
	return standin.Buffer{Buffer: behind, Front: e}
}

func (e *onnxCPU) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	buffer, err := e.Backend.BufferFromFlatData(device, flat, shape)
	if err != nil {
		return nil, err
	}
	return e.Around(buffer), nil
}

func (e *onnxCPU) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	buffer, flat, err := e.Backend.NewSharedBuffer(device, shape)
	if err != nil {
		return nil, nil, err
	}
	return e.Around(buffer), flat, nil
}

type onnxBuilder struct {
	*onnx.Builder
	engine *onnxCPU
	main   *convolutions
}

func (b *onnxBuilder) Main() compute.Function { return b.main }

// Compile is the engine's. Where blocked convolutions pay it compiles twice, for the engine gives its model only with a compiled one.
func (b *onnxBuilder) Compile() (compute.Executable, error) {
	pay := slices.ContainsFunc(b.main.asked, func(c convolution) bool { return c.pays(b.engine.block()) })
	b.engine.compiling.Lock()
	defer b.engine.compiling.Unlock()
	b.engine.SetKeepModelProto(pay)
	compiled, err := b.Builder.Compile()
	b.engine.SetKeepModelProto(false)
	if err != nil {
		return nil, err
	}
	if !pay {
		return standin.Executable{Executable: compiled, Front: b.engine}, nil
	}

	plain := compiled.(*onnx.Executable)
	defer proto.Reset(plain.ModelProto()) // It has the memory of all constants.
	if !useBlocks(plain, b.main.asked, b.engine.block()) {
		return standin.Executable{Executable: plain, Front: b.engine}, nil
	}
	defer plain.Finalize()
	var model bytes.Buffer
	if err := onnx.SaveModel(b.engine.Backend, plain, &model, nil, nil); err != nil {
		return nil, err
	}
	loaded, err := onnx.LoadModel(b.engine.Backend, &model)
	if err != nil {
		return nil, err
	}
	// A model has no scalars but vectors of one number, so a loaded one has lost them. Its lists of shapes are its own, so they can be mended.
	_, inputs := plain.Inputs()
	_, lost := loaded.Inputs()
	copy(lost, inputs)
	copy(loaded.Outputs(), plain.Outputs())
	return standin.Executable{Executable: loaded, Front: b.engine}, nil
}
