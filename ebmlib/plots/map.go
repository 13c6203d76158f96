package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Map is a function of two variables, by its values at the centres of
// Columns x Rows equal cells that fill the rectangle from (XMin, YMin) to
// (XMax, YMax). [Map.Points] gives the centres.
type Map struct {
	XMin, XMax, YMin, YMax float64
	Columns, Rows          int
	Values                 []float64 // [Rows*Columns], row by row from YMin upwards
	Label                  string    // of the values, with their unit: "energy", "log density (nats)"
}

// Points returns where to evaluate the function, in the order of Values: the
// cells' centres as x, y pairs [Rows*Columns*2].
func (m Map) Points() []float32 {
	points := make([]float32, 0, 2*m.Rows*m.Columns)
	for row := range m.Rows {
		for column := range m.Columns {
			points = append(points, float32(m.X(column)), float32(m.Y(row)))
		}
	}
	return points
}

// X returns the centre of a column.
func (m Map) X(column int) float64 {
	return m.XMin + (float64(column)+0.5)*(m.XMax-m.XMin)/float64(m.Columns)
}

// Y returns the centre of a row.
func (m Map) Y(row int) float64 {
	return m.YMin + (float64(row)+0.5)*(m.YMax-m.YMin)/float64(m.Rows)
}

// check returns what keeps the map from being drawn.
func (m Map) check() error {
	switch {
	case m.Columns < 2 || m.Rows < 2:
		return fmt.Errorf("the map is %d columns by %d rows: it needs at least 2 by 2", m.Columns, m.Rows)
	case !finite(m.XMax-m.XMin) || !finite(m.YMax-m.YMin) || m.XMin >= m.XMax || m.YMin >= m.YMax:
		return fmt.Errorf("the map spans x from %v to %v and y from %v to %v: each must grow, between finite ends", m.XMin, m.XMax, m.YMin, m.YMax)
	case len(m.Values) != m.Columns*m.Rows:
		return fmt.Errorf("the map has %d values: %d columns by %d rows need %d", len(m.Values), m.Columns, m.Rows, m.Columns*m.Rows)
	case m.Label == "":
		return errors.New("the map has no Label: say what the values are and their unit, such as \"log density (nats)\"")
	case !slices.ContainsFunc(m.Values, finite):
		return errors.New("no value of the map is finite")
	}
	return nil
}

// finiteRange returns the least and the greatest finite value, apart even if
// the map is constant, and how many values are not finite.
func (m Map) finiteRange() (low, high float64, missing int) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range m.Values {
		if !finite(v) {
			missing++
			continue
		}
		low, high = math.Min(low, v), math.Max(high, v)
	}
	low, high = spread(low, high)
	return low, high, missing
}
