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

// metrics are a run's metrics in memory, column by column, and the file that they are written to, a JSON object a line.
type metrics struct {
	names   []string // the columns after "step"
	columns map[string][]float64
	path    string

	file *os.File // open while the run is trained
	rows int      // of the columns that are in the file,
	size int64    // and the bytes that they take there
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
		m.rows = line
	}
	return m, nil
}

// open opens the file to write to, cut to the steps that count.
func (m *metrics) open() error {
	file, err := os.OpenFile(m.path, os.O_CREATE|os.O_WRONLY, 0o666)
	if err == nil {
		m.file = file
		err = file.Truncate(m.size)
	}
	if err != nil {
		return fmt.Errorf("metrics: %w", errors.Join(err, m.close()))
	}
	return nil
}

// close closes the file, if it is open.
func (m *metrics) close() error {
	if m.file == nil {
		return nil
	}
	file := m.file
	m.file = nil
	return file.Close()
}

// add appends a step's values, in the order of the names.
func (m *metrics) add(step int, values []float32) {
	m.columns["step"] = append(m.columns["step"], float64(step))
	for i, name := range m.names {
		m.columns[name] = append(m.columns[name], float64(values[i]))
	}
}

// cut drops the rows after a step, of the columns and of the file. A figure of the columns as they were may be being drawn: the rows that come
// instead go into other memory.
func (m *metrics) cut(step int) error {
	for name, values := range m.columns {
		m.columns[name] = values[:step:step]
	}
	if m.rows <= step {
		return nil
	}
	m.rows, m.size = step, 0
	for row := range step {
		m.size += int64(len(m.line(row)))
	}
	if err := m.file.Truncate(m.size); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	return nil
}

// sync writes the rows that the file lacks: the last one, or more after an error; or all, where the file has vanished.
func (m *metrics) sync() error {
	if m.file == nil || !isAt(m.file, m.path) {
		if err := m.close(); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
		m.rows, m.size = 0, 0
		if err := m.open(); err != nil {
			return err
		}
	}
	var lines []byte
	for row := m.rows; row < len(m.columns["step"]); row++ {
		lines = append(lines, m.line(row)...)
	}
	if _, err := m.file.WriteAt(lines, m.size); err != nil { // What it wrote in part is written over next time.
		return fmt.Errorf("metrics: %w", err)
	}
	m.size += int64(len(lines))
	m.rows = len(m.columns["step"])
	return nil
}

// isAt tells whether an open file is the one at a path.
func isAt(file interface{ Stat() (fs.FileInfo, error) }, path string) bool {
	open, err := file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(open, named)
}

// line is a row as the file has it. NaN and infinities, which JSON doesn't have, are null; the training ends with them.
func (m *metrics) line(row int) []byte {
	var line bytes.Buffer
	fmt.Fprintf(&line, `{"step":%d`, int(m.columns["step"][row]))
	for _, name := range m.names {
		if value := m.columns[name][row]; math.IsNaN(value) || math.IsInf(value, 0) {
			fmt.Fprintf(&line, `,%s:null`, quoted(name))
		} else {
			fmt.Fprintf(&line, `,%s:%g`, quoted(name), float32(value))
		}
	}
	line.WriteString("}\n")
	return line.Bytes()
}

// quoted is a name as JSON has it, any character that can stand in it as it is.
func quoted(name string) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(name); err != nil {
		panic(err) // Every string can be JSON.
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}
