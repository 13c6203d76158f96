package train

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/internal/untrusted/untrustedtest"
)

// besides is what a reader may set aside whatever the file.
const besides = 1 << 20

// FuzzConfig: whatever config.json holds, it is refused by name or is a configuration whose counts are within their limits.
func FuzzConfig(f *testing.F) {
	for _, config := range []Config{tinyPoints(), tinyImages(), tinyMethod()} {
		r, err := config.record([]int{1, 8, 8})
		if err != nil {
			f.Fatal(err)
		}
		dir := f.TempDir()
		if err := writeRecord(dir, r); err != nil {
			f.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "config.json"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`null`))
	f.Add([]byte(ensembles(3)))
	f.Add([]byte(`{"model":{"type":"models.Ensemble","settings":{"Members":1000000000,"Member":{"type":"models.MNIST","settings":{}}}}}`))
	f.Add([]byte(`{"example":[100000,100000,100000]}`))
	write := untrustedtest.File(f, "config.json")
	f.Fuzz(func(t *testing.T, text []byte) {
		path := write(t, text)
		untrustedtest.Allocates(t, besides+1000*int64(len(text)), func() {
			r, err := readRecord(filepath.Dir(path))
			untrustedtest.Names(t, err, path)
			if err != nil {
				return
			}
			config, err := r.config()
			if err != nil {
				return
			}
			if err := config.Check(); err == nil && config.Steps > maxCounts["Steps"] {
				t.Errorf("%d steps", config.Steps)
			}
		})
	})
}

// ensembles is a config.json of ensembles of ensembles, so many deep.
func ensembles(depth int) string {
	return `{"model":` + strings.Repeat(`{"type":"models.Ensemble","settings":{"Members":1,"Member":`, depth) +
		`{"type":"models.MNIST","settings":{"Filters":4}}` + strings.Repeat(`}}`, depth) + `}`
}

// FuzzMetrics: whatever the file, it is refused by name or has a value a step of each column.
func FuzzMetrics(f *testing.F) {
	f.Add([]byte("{\"step\":1,\"loss\":0.5}\n{\"step\":2,\"loss\":-1e-9}\n"), uint16(2))
	f.Add([]byte("{\"step\":1,\"loss\":null}\n"), uint16(1))
	f.Add([]byte("{\"step\":1,\"loss\":1e999}\n[]"), uint16(1))
	f.Add([]byte("\n\n\n"), uint16(3))
	f.Add([]byte("{\"step\":1,\"loss\":1}"), uint16(1))
	write := untrustedtest.File(f, metricsFile)
	f.Fuzz(func(t *testing.T, text []byte, step uint16) {
		path := write(t, text)
		untrustedtest.Allocates(t, besides+1000*int64(len(text)), func() {
			m, err := readMetrics(path, []string{"loss"}, int(step))
			untrustedtest.Names(t, err, path)
			if err == nil && (len(m.columns["step"]) != int(step) || len(m.columns["loss"]) != int(step) || m.size > int64(len(text))) {
				t.Errorf("%d steps, %d losses and %d bytes of %d steps and %d bytes",
					len(m.columns["step"]), len(m.columns["loss"]), m.size, step, len(text))
			}
		})
	})
}

// savedHeader is a checkpoint's .json of one variable.
func savedHeader(name, dtype, dims string, pos, length int) string {
	return fmt.Sprintf(`{"Params":null,"Variables":[{"ParameterName":%q,"Dimensions":%s,"DType":%q,"Pos":%d,"Length":%d}],"BinFormat":"uncompressed"}`,
		name, dims, dtype, pos, length)
}

// FuzzCheckpoint: whatever a checkpoint's files, they are refused by name, or GoMLX reads from them as many values as they have.
func FuzzCheckpoint(f *testing.F) {
	values := binary.LittleEndian.AppendUint64(nil, 7)
	f.Add([]byte(savedHeader("var:/energy/w", "Float32", "[2]", 0, 8)), values)
	f.Add([]byte(savedHeader("var:/random", "Uint64", "[]", 0, 8)), values)
	f.Add([]byte(savedHeader("var:/energy/w", "Float32", "[1000000000,1000000000]", 0, 8)), values)
	f.Add([]byte(savedHeader("var:/../w", "Int4", "[-1,-8]", 0, 8)), values)
	f.Add([]byte(`{"Variables":[{"ParameterName":"var:/a","Dimensions":[4],"DType":"Uint8","Pos":0,"Length":4},`+
		`{"ParameterName":"var:/b","Dimensions":[2,1],"DType":"Int16","Pos":4,"Length":4}]}`), values)
	f.Add([]byte(`{"Variables":[{"ParameterName":"var:/a","Dimensions":[4],"DType":"Uint8","Length":4}],`+
		`"variables":[{"Dimensions":[8],"length":8}],"Params":[{"Scope":"/","Key":"seed","Value":1e300,"ValueType":"int"}]}`), values)
	f.Add([]byte("null"), []byte(compressedMark+"\x04gzip\x1f\x8b"))
	dir := f.TempDir()
	header, bin := filepath.Join(dir, "checkpoint-n0000000-initial.json"), filepath.Join(dir, "checkpoint-n0000000-initial.bin")
	f.Fuzz(func(t *testing.T, text, values []byte) {
		writeFile(t, string(text), header)
		writeFile(t, string(values), bin)
		untrustedtest.Allocates(t, besides+1000*int64(len(text))+10*int64(len(values)), func() {
			if err := checkCheckpoint(dir); err != nil {
				untrustedtest.Names(t, err, dir)
				return
			}
			store := model.NewStore()
			var loadErr error
			panicked := exceptions.TryCatch[error](func() { _, loadErr = checkpoint.Load(store).Dir(dir).Immediate().Done() })
			if err := errors.Join(loadErr, panicked); err != nil {
				t.Fatalf("what was found sound can't be read: %v", err)
			}
			if got := store.ByteSize(); got != int64(len(values)) {
				t.Errorf("%d bytes of variables, and the file has %d", got, len(values))
			}
		})
	})
}
