package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gomlx/go-xla/compute/xla"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/data"
	"ebm/ebmlib/golden"
	"ebm/ebmlib/internal/machine"
	"ebm/ebmlib/train"
)

// The lines that a contender writes: see the package's documentation.
type (
	checked struct {
		Contender string             `json:"contender"`
		Version   string             `json:"version"`
		Device    string             `json:"device"`
		Check     map[string]float64 `json:"check"`
		Holds     bool               `json:"holds"`
	}
	prepared struct {
		CompileSeconds float64 `json:"compile_seconds"`
	}
	turn struct {
		Seconds         []float64 `json:"seconds"`
		PeakBytes       int64     `json:"peak_bytes"`
		PeakDeviceBytes int64     `json:"peak_device_bytes,omitempty"`
		ToDevice        *int      `json:"host_to_device_bytes,omitempty"` // a step
		ToHost          *int      `json:"device_to_host_bytes,omitempty"`
	}
)

// Contend is a contender on one of this project's engines, for the work in the file at path: it writes its lines to out and reads
// numbers of steps from in, until that ends.
//
// Errors: the file can't be read, a step fails, in has something else than numbers from 1.
func Contend(engine *backends.Engine, path string, in io.Reader, out io.Writer) error {
	work, err := readWork(path)
	if err != nil {
		return err
	}
	if work.precision() == float32s {
		withAllDigits(engine)
	}
	lines := json.NewEncoder(out)
	resetPeakMemory()

	start := time.Now()
	meter, err := work.meter(engine)
	if err != nil {
		return err
	}
	defer meter.Finalize()
	if _, err := meter.Steps(1); err != nil {
		return err
	}
	if err := lines.Encode(prepared{time.Since(start).Seconds()}); err != nil {
		return err
	}

	asked := bufio.NewScanner(in)
	for asked.Scan() {
		n, err := strconv.Atoi(strings.TrimSpace(asked.Text()))
		if err != nil || n < 1 {
			return fmt.Errorf("a contender is asked for numbers of steps, from 1, and got %q", asked.Text())
		}
		times, err := meter.Steps(n)
		if err != nil {
			return err
		}
		line := turn{PeakBytes: machine.Peak()}
		for _, time := range times {
			line.Seconds = append(line.Seconds, time.Seconds())
		}
		toDevice, toHost := meter.Bytes()
		line.ToDevice, line.ToHost = &toDevice, &toHost
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return asked.Err()
}

// Check writes to out how the engine's numbers compare with those of the work in the file at path. It is an error if they don't hold, or if the
// files can't be read.
func Check(engine *backends.Engine, path string, out io.Writer) error {
	if _, err := readWork(path); err != nil {
		return err
	}
	withAllDigits(engine)
	report, err := golden.Check(engine, filepath.Join(filepath.Dir(path), "work.npz"))
	if err != nil {
		return err
	}
	line := checked{Contender: engine.Kind, Version: engine.Version(), Device: device(engine), Holds: report.Holds()}
	line.Check = make(map[string]float64)
	for _, q := range report.Summary().Quantities {
		family, _, _ := strings.Cut(q.Name, "/")
		if !math.IsNaN(q.Relative) && !math.IsInf(q.Relative, 0) { // What JSON can't say, the error below does.
			line.Check[family] = q.Relative
		}
	}
	if err := json.NewEncoder(out).Encode(line); err != nil {
		return err
	}
	if !report.Holds() {
		return fmt.Errorf("the numbers of the check don't hold:\n%s", report.Summary())
	}
	return nil
}

// withAllDigits has an engine multiply float32 matrices in float32, where the graph says how; of convolutions XLA is told by strict.
func withAllDigits(engine *backends.Engine) {
	if backend, is := engine.Backend.(*xla.Backend); is {
		backend.DotGeneralUseTF32 = false
	}
}

// meter prepares the work's steps.
func (w Work) meter(engine *backends.Engine) (*train.Meter, error) {
	if w.Sampling {
		return train.NewSamplingMeter(w.Config, engine, w.Config.Batch, w.Config.Steps, w.Example...)
	}
	return train.NewMeter(w.Config, engine, noise(w.Example))
}

// noise is a data set of random bytes, or of normals if an example is a point: what a step costs doesn't depend on what it sees.
func noise(example []int) *data.Set {
	set := &data.Set{Name: "noise", Shape: example}
	random := rand.New(rand.NewPCG(1, 2))
	size := examples
	for _, dim := range example {
		size *= dim
	}
	for range size {
		if len(example) == 3 {
			set.Bytes = append(set.Bytes, uint8(random.Uint32()))
		} else {
			set.Floats = append(set.Floats, float32(random.NormFloat64()))
		}
	}
	return set
}

// device says what an engine computes on.
func device(engine *backends.Engine) string {
	if onGPU(engine) {
		return engine.DeviceDescription(0)
	}
	return fmt.Sprintf("cpu, %d threads", runtime.GOMAXPROCS(0))
}

// onGPU tells whether the engine is XLA on a CUDA device.
func onGPU(engine *backends.Engine) bool {
	xla, is := engine.Backend.(interface{ IsCUDA() bool })
	return is && xla.IsCUDA()
}
