package train

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// ExportTensorBoard writes the run's metrics into dir, which is made if need be, as an event file that TensorBoard reads: every column is a
// scalar of its name, by step, NaN and infinities included. A file that this run wrote there before is replaced; dir may hold those of other
// runs, but TensorBoard shows each directory as one run.
//
// The lines of metrics have no time. So all events have the time at which the metrics were last written, and TensorBoard's axes of time
// say nothing more.
//
// Errors: the run has made no steps yet; dir can't be written to, and then an earlier file is untouched.
func (r *Run) ExportTensorBoard(dir string) error {
	if len(r.metrics.columns["step"]) == 0 {
		return fmt.Errorf("run %s has no metrics yet: train it first", r.Dir)
	}
	written, err := os.Stat(r.metrics.path)
	if err != nil {
		return fmt.Errorf("metrics of run %s: %w", r.Dir, err)
	}
	path, err := filepath.Abs(r.Dir)
	if err != nil {
		return err
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	place, err := filepath.Rel(from, path)
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	const prefix = "events.out.tfevents."
	// Where the run is, seen from dir, tells its files from those of others of the same name.
	suffix := fmt.Sprintf(".%08x.%s", crc32.Checksum([]byte(place), castagnoli), filepath.Base(path))
	name := fmt.Sprintf("%s%d.%s%s", prefix, time.Now().Unix(), host, suffix)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("event files of run %s: %w", r.Dir, err)
	}
	events := r.metrics.events(float64(written.ModTime().UnixMicro()) / 1e6)
	if err := replaceFile(filepath.Join(dir, name), events); err != nil {
		return fmt.Errorf("event file of run %s: %w", r.Dir, err)
	}

	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if earlier := entry.Name(); earlier != name && strings.HasPrefix(earlier, prefix) && strings.HasSuffix(earlier, suffix) {
			if err := os.Remove(filepath.Join(dir, earlier)); err != nil {
				return fmt.Errorf("the event file that run %s wrote before: %w; TensorBoard would show its values twice", r.Dir, err)
			}
		}
	}
	return nil
}

// The numbers of the fields of TensorFlow's messages Event, Summary and Summary.Value.
const (
	eventTime    = 1 // double, seconds since 1970
	eventStep    = 2
	eventVersion = 3 // of the format, in a file's first event
	eventSummary = 5
	summaryValue = 1
	valueTag     = 1
	valueSimple  = 2 // float
)

// events is the content of an event file: an event with the version of the format, and one for each step.
func (m metrics) events(time float64) []byte {
	event := func() []byte {
		message := protowire.AppendTag(nil, eventTime, protowire.Fixed64Type)
		return protowire.AppendFixed64(message, math.Float64bits(time))
	}
	first := protowire.AppendTag(event(), eventVersion, protowire.BytesType)
	file := appendRecord(nil, protowire.AppendString(first, "brain.Event:2"))
	for i, step := range m.columns["step"] {
		var summary []byte
		for _, name := range m.names {
			value := protowire.AppendTag(nil, valueTag, protowire.BytesType)
			value = protowire.AppendString(value, name)
			value = protowire.AppendTag(value, valueSimple, protowire.Fixed32Type)
			value = protowire.AppendFixed32(value, math.Float32bits(float32(m.columns[name][i])))
			summary = protowire.AppendTag(summary, summaryValue, protowire.BytesType)
			summary = protowire.AppendBytes(summary, value)
		}
		message := protowire.AppendTag(event(), eventStep, protowire.VarintType)
		message = protowire.AppendVarint(message, uint64(step))
		message = protowire.AppendTag(message, eventSummary, protowire.BytesType)
		file = appendRecord(file, protowire.AppendBytes(message, summary))
	}
	return file
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendRecord appends a record of TFRecord: its length, the length's checksum, itself, its checksum.
func appendRecord(file, record []byte) []byte {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(record)))
	for _, part := range [][]byte{length, record} {
		file = append(file, part...)
		file = binary.LittleEndian.AppendUint32(file, maskedChecksum(part))
	}
	return file
}

// maskedChecksum is TFRecord's: of what may hold checksums itself.
func maskedChecksum(part []byte) uint32 {
	checksum := crc32.Checksum(part, castagnoli)
	return (checksum>>15 | checksum<<17) + 0xa282ead8
}
