package train

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// event is what the tests read of an event.
type event struct {
	time    float64
	step    uint64
	version string
	tags    []string
	values  []float32
}

// readEvents reads an event file byte by byte, and checks its checksums.
func readEvents(t *testing.T, path string) []event {
	t.Helper()
	rest, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	take := func(n uint64) []byte {
		t.Helper()
		if uint64(len(rest)) < n {
			t.Fatalf("%s ends within a record", path)
		}
		part := rest[:n]
		rest = rest[n:]
		return part
	}
	checked := func(part []byte) []byte {
		t.Helper()
		const mask = 0xa282ead8
		rotated := binary.LittleEndian.Uint32(take(4)) - mask
		if want := crc32.Checksum(part, crc32.MakeTable(crc32.Castagnoli)); rotated<<15|rotated>>17 != want {
			t.Fatalf("a checksum in %s is wrong", path)
		}
		return part
	}
	var events []event
	for len(rest) > 0 {
		length := binary.LittleEndian.Uint64(checked(take(8)))
		var e event
		eachField(t, checked(take(length)), func(number uint64, integer uint64, content []byte) {
			switch number {
			case 1:
				e.time = math.Float64frombits(integer)
			case 2:
				e.step = integer
			case 3:
				e.version = string(content)
			case 5:
				eachField(t, content, func(_, _ uint64, value []byte) {
					eachField(t, value, func(number, integer uint64, content []byte) {
						if number == 1 {
							e.tags = append(e.tags, string(content))
						} else {
							e.values = append(e.values, math.Float32frombits(uint32(integer)))
						}
					})
				})
			}
		})
		events = append(events, e)
	}
	return events
}

// eachField reads a message of protobuf: keys of a number and a kind, each before an integer or a content.
func eachField(t *testing.T, message []byte, field func(number, integer uint64, content []byte)) {
	t.Helper()
	reader := bytes.NewReader(message)
	varint := func() uint64 {
		t.Helper()
		value, err := binary.ReadUvarint(reader)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	fixed := func(bytes int) uint64 {
		t.Helper()
		var wide [8]byte
		if n, _ := reader.Read(wide[:bytes]); n != bytes {
			t.Fatal("a message ends within a number")
		}
		return binary.LittleEndian.Uint64(wide[:])
	}
	for reader.Len() > 0 {
		switch key := varint(); key & 7 {
		case 0:
			field(key>>3, varint(), nil)
		case 1:
			field(key>>3, fixed(8), nil)
		case 5:
			field(key>>3, fixed(4), nil)
		case 2:
			content := make([]byte, varint())
			if n, _ := reader.Read(content); n != len(content) {
				t.Fatal("a message ends within a content")
			}
			field(key>>3, 0, content)
		default:
			t.Fatalf("a field is of kind %d", key&7)
		}
	}
}

// eventFiles are the names of the files in a directory.
func eventFiles(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestExportTensorBoard(t *testing.T) {
	run := mustOpen(t, filepath.Join(t.TempDir(), "moons"), tinyPoints())
	dir := filepath.Join(t.TempDir(), "deep", "events")
	requireError(t, run.ExportTensorBoard(dir), run.Dir, "no metrics yet", "train it first")
	requireMissing(t, dir)

	written := time.Unix(1700000000, 250e6)
	run.metrics.names = []string{"energy_data", "loss"}
	run.metrics.columns = map[string][]float64{"step": {1, 300}, "energy_data": {0.5, math.NaN()}, "loss": {-2, math.Inf(1)}}
	writeFile(t, "", run.metrics.path)
	if err := os.Chtimes(run.metrics.path, written, written); err != nil {
		t.Fatal(err)
	}
	if err := run.ExportTensorBoard(dir); err != nil {
		t.Fatal(err)
	}
	names := eventFiles(t, dir)
	if len(names) != 1 || !strings.HasPrefix(names[0], "events.out.tfevents.") {
		t.Fatalf("the files are %q", names)
	}
	events := readEvents(t, filepath.Join(dir, names[0]))
	if len(events) != 3 || events[0].version != "brain.Event:2" || events[1].version != "" {
		t.Fatalf("the events are %+v", events)
	}
	for i, want := range []event{{step: 1, values: []float32{0.5, -2}}, {step: 300, values: []float32{float32(math.NaN()), float32(math.Inf(1))}}} {
		got := events[i+1]
		same := func(a, b float32) bool { return a == b || a != a && b != b }
		if got.time != 1700000000.25 || got.step != want.step || !slices.Equal(got.tags, run.metrics.names) ||
			!slices.EqualFunc(got.values, want.values, same) {
			t.Errorf("event %d is %+v", i, got)
		}
	}
}

// Exporting again replaces what this run exported, and nothing else.
func TestExportTensorBoardAgain(t *testing.T) {
	run := trained(t, filepath.Join(t.TempDir(), "moons"), tinyPoints(), eightGaussians(), 1)
	dir := t.TempDir()
	export := func(run *Run) (name string) {
		t.Helper()
		before := eventFiles(t, dir)
		if err := run.ExportTensorBoard(dir); err != nil {
			t.Fatal(err)
		}
		after := slices.DeleteFunc(eventFiles(t, dir), func(name string) bool { return slices.Contains(before, name) })
		if len(after) != 1 {
			t.Fatalf("exported into %q, it made %q", before, after)
		}
		return after[0]
	}
	now := export(run)
	earlier := strings.Replace(now, strings.Split(now, ".")[3], "1600000000.elsewhere", 1) // by another machine
	var others []string
	for _, name := range []string{"rings", "full.moons", "moons"} {
		others = append(others, export(trained(t, filepath.Join(t.TempDir(), name), tinyPoints(), eightGaussians(), 1)))
	}
	if err := os.Rename(filepath.Join(dir, now), filepath.Join(dir, earlier)); err != nil {
		t.Fatal(err)
	}
	mustTrain(t, run, eightGaussians(), 3)
	now = export(run)
	want := slices.Sorted(slices.Values(append(others, now)))
	if names := eventFiles(t, dir); !slices.Equal(names, want) {
		t.Fatalf("the files are %q, want %q", names, want)
	}
	last := readEvents(t, filepath.Join(dir, now))[3]
	for i, name := range last.tags {
		if want := run.Metrics()[name][2]; float64(last.values[i]) != want {
			t.Errorf("%s of step %d is %g, want %g", name, last.step, last.values[i], want)
		}
	}

	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, "", file)
	requireError(t, run.ExportTensorBoard(file), run.Dir, file)
}
