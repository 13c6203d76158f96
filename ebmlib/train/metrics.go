package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
)

const metricsFile = "metrics.jsonl"

// metrics are a run's metrics in memory, column by column, and the file that they are appended to, a JSON object a line.
type metrics struct {
	names   []string // the columns after "step"
	columns map[string][]float64
	path    string
	size    int64 // of the part of the file that holds these columns
}

// readMetrics reads the lines up to a step. Later ones are of steps that no checkpoint has and that will be made again.
func readMetrics(path string, names []string, step int) (metrics, error) {
	m := metrics{names: names, columns: map[string][]float64{"step": nil}, path: path}
	for _, name := range names {
		m.columns[name] = nil
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = nil, nil
	}
	if err != nil {
		return m, fmt.Errorf("metrics: %w", err)
	}
	for line := 1; line <= step; line++ {
		end := bytes.IndexByte(text[m.size:], '\n')
		var row map[string]*float64
		damaged := end < 0 || json.Unmarshal(text[m.size:m.size+int64(end)], &row) != nil
		for name := range m.columns {
			damaged = damaged || row[name] == nil
		}
		if damaged || *row["step"] != float64(line) {
			return m, fmt.Errorf("metrics %s: line %d is damaged or missing, and the checkpoint has %d steps; restore the file, or "+
				"start a new run", path, line, step)
		}
		m.size += int64(end) + 1
		for name := range m.columns {
			m.columns[name] = append(m.columns[name], float64(float32(*row[name]))) // As it was before it was written.
		}
	}
	return m, nil
}

// open opens the file to append to, cut to the steps that count.
func (m *metrics) open() (*os.File, error) {
	file, err := os.OpenFile(m.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	if err := file.Truncate(m.size); err != nil {
		file.Close()
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return file, nil
}

// add appends a step's values, in the order of the names, and writes their line. NaN and infinities, which JSON
// doesn't have, are null in the file; the training ends with them.
func (m *metrics) add(file *os.File, step int, values []float32) error {
	var line bytes.Buffer
	fmt.Fprintf(&line, `{"step":%d`, step)
	m.columns["step"] = append(m.columns["step"], float64(step))
	for i, name := range m.names {
		value := float64(values[i])
		m.columns[name] = append(m.columns[name], value)
		if math.IsNaN(value) || math.IsInf(value, 0) {
			fmt.Fprintf(&line, `,%q:null`, name)
		} else {
			fmt.Fprintf(&line, `,%q:%g`, name, values[i])
		}
	}
	line.WriteString("}\n")
	if _, err := file.Write(line.Bytes()); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	m.size += int64(line.Len())
	return nil
}
