package bench

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/internal/standin"
)

// What goes in and out is counted; what stays on the device isn't.
func TestTraffic(t *testing.T) {
	backendtest.EachEngine(t, func(t *testing.T, engine *backends.Engine) {
		watched, moved := watch(engine)
		double := MustNewExec(watched.Backend, func(x *Node) *Node { return MulScalar(x, 2) })
		sum := MustNewExec(watched.Backend, func(x *Node) *Node { return ReduceAllSum(x) })
		require := func(when string, toDevice, toHost int64) {
			t.Helper()
			if moved.toDevice.Load() != toDevice || moved.toHost.Load() != toHost {
				t.Errorf("%s: %d bytes to the device and %d back, want %d and %d", when, moved.toDevice.Load(), moved.toHost.Load(), toDevice, toHost)
			}
		}
		doubled, err := double.Call([]float32{1, 2, 3})
		if err != nil {
			t.Fatal(err)
		}
		require("after three floats went in", 12, 0)
		sums, err := sum.Call(doubled[0])
		if err != nil {
			t.Fatal(err)
		}
		require("after what was there was used", 12, 0)
		if got := tensors.ToScalar[float32](sums[0]); got != 12 {
			t.Errorf("the sum is %g", got)
		}
		require("after one float came back", 12, 4)
	})
}

// A step moves what its meter says, and no more: the data set and the replay buffer stay where they are.
func TestTheBytesOfAStep(t *testing.T) {
	pieces, sampling := tiny(), tinyImages()
	pieces.Config.Steps = 1000
	sampling.Sampling = true
	for name, work := range map[string]Work{"whole": tiny(), "in pieces": pieces, "images": tinyImages(), "sampling": sampling} {
		t.Run(name, func(t *testing.T) {
			engine, moved := watch(backendtest.Go(t))
			meter, err := work.meter(engine)
			if err != nil {
				t.Fatal(err)
			}
			defer meter.Finalize()
			if _, err := meter.Steps(1); err != nil {
				t.Fatal(err)
			}
			before := []int64{moved.toDevice.Load(), moved.toHost.Load()}
			if _, err := meter.Steps(2); err != nil {
				t.Fatal(err)
			}
			got := []int{int(moved.toDevice.Load()-before[0]) / 2, int(moved.toHost.Load()-before[1]) / 2}
			toDevice, toHost := meter.Bytes()
			if want := []int{toDevice, toHost}; !slices.Equal(got, want) || toDevice == 0 || toHost == 0 {
				t.Errorf("a step moved %d bytes to the device and back, and the meter says %d", got, want)
			}
		})
	}
}

// traffic counts the bytes that go between the host and an engine's device. On a CPU, where an engine may share the host's memory, they
// are those that the host copies into the engine's buffers and reads from them.
type traffic struct{ toDevice, toHost atomic.Int64 }

// watch is an engine that does what the given one does, and counts its traffic.
func watch(engine *backends.Engine) (*backends.Engine, *traffic) {
	t := new(traffic)
	watched := *engine
	watched.Backend = watchedBackend{engine.Backend, t}
	return &watched, t
}

type watchedBackend struct {
	compute.Backend
	traffic *traffic
}

func (b watchedBackend) Around(behind compute.Buffer) compute.Buffer {
	return watchedBuffer{standin.Buffer{Buffer: behind, Front: b}, b.traffic}
}

func (b watchedBackend) Builder(name string) compute.Builder {
	return watchedBuilder{b.Backend.Builder(name), b}
}

func (b watchedBackend) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	buffer, err := b.Backend.BufferFromFlatData(device, flat, shape)
	if err != nil {
		return nil, err
	}
	b.traffic.toDevice.Add(int64(shape.ByteSize()))
	return b.Around(buffer), nil
}

func (b watchedBackend) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	buffer, flat, err := b.Backend.NewSharedBuffer(device, shape)
	if err != nil {
		return nil, nil, err
	}
	b.traffic.toDevice.Add(int64(shape.ByteSize()))
	return b.Around(buffer), flat, nil
}

type watchedBuilder struct {
	compute.Builder
	backend watchedBackend
}

func (b watchedBuilder) Compile() (compute.Executable, error) {
	executable, err := b.Builder.Compile()
	if err != nil {
		return nil, err
	}
	return standin.Executable{Executable: executable, Front: b.backend}, nil
}

type watchedBuffer struct {
	standin.Buffer
	traffic *traffic
}

func (b watchedBuffer) ToFlatData(flat any) error {
	b.read()
	return b.Buffer.ToFlatData(flat)
}

func (b watchedBuffer) Data() (any, error) {
	b.read()
	return b.Buffer.Data()
}

func (b watchedBuffer) read() {
	if shape, err := b.Shape(); err == nil {
		b.traffic.toHost.Add(int64(shape.ByteSize()))
	}
}
