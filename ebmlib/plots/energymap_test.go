package plots

import (
	"image"
	"math"
	"slices"
	"testing"
)

// peak returns a map that is lowest everywhere but around (x, y).
func peak(x, y float64) Map {
	m := Map{XMin: 0, XMax: 4, YMin: 0, YMax: 2, Columns: 40, Rows: 20, Label: "energy"}
	points := m.Points()
	for i := 0; i < len(points); i += 2 {
		dx, dy := float64(points[i])-x, float64(points[i+1])-y
		m.Values = append(m.Values, math.Exp(-20*(dx*dx+dy*dy)))
	}
	return m
}

func TestMapPoints(t *testing.T) {
	m := Map{XMin: 0, XMax: 2, YMin: -1, YMax: 1, Columns: 2, Rows: 2}
	if got, want := m.Points(), []float32{0.5, -0.5, 1.5, -0.5, 0.5, 0.5, 1.5, 0.5}; !slices.Equal(got, want) {
		t.Errorf("points %v, want %v", got, want)
	}
}

// The brightest pixel of the field lies where the map peaks: x to the right,
// y upwards.
func TestEnergyMapOrientation(t *testing.T) {
	for _, at := range [][2]float64{{0.5, 0.5}, {3.5, 0.5}, {0.5, 1.5}, {3.5, 1.5}} {
		img := render(t, EnergyMap("", peak(at[0], at[1]), nil))
		field := fieldBounds(t, img)
		x, y := brightest(img, field)
		gotX := 4 * float64(x-field.Min.X) / float64(field.Dx())
		gotY := 2 * float64(field.Max.Y-y) / float64(field.Dy())
		if math.Abs(gotX-at[0]) > 0.15 || math.Abs(gotY-at[1]) > 0.15 {
			t.Errorf("peak drawn at (%.2f, %.2f), want %v", gotX, gotY, at)
		}
	}
}

// Both axes have the same scale, so a map twice as wide as high fills 400 by
// 200 pixels.
func TestEnergyMapSize(t *testing.T) {
	field := fieldBounds(t, render(t, EnergyMap("", peak(1, 1), nil)))
	if dx, dy := field.Dx(), field.Dy(); dx < 398 || dx > 402 || dy < 198 || dy > 202 {
		t.Errorf("the field is %d by %d pixels, want 400 by 200", dx, dy)
	}
}

// The colour bar grows upwards: violet below, yellow above.
func TestColorBarOrientation(t *testing.T) {
	img := render(t, EnergyMap("", peak(1, 1), nil))
	field := fieldBounds(t, img)
	x := img.Bounds().Max.X - 15
	low, high := rgb(img, x, field.Max.Y-3), rgb(img, x, field.Min.Y+3)
	if !(high.G > 200 && high.B < 80 && low.G < 40 && low.R < 90) {
		t.Errorf("the colour bar is %v below and %v above, want violet below and yellow above", low, high)
	}
}

func TestEnergyMapPoints(t *testing.T) {
	bare := render(t, EnergyMap("", peak(3, 1), nil))
	field := fieldBounds(t, bare)
	img := render(t, EnergyMap("", peak(3, 1), []float32{1, 1.5, 100, 100}))
	below := img.Bounds().Dy() - bare.Bounds().Dy() // the legend moves the field down
	x, y := field.Min.X+field.Dx()/4, field.Min.Y+field.Dy()/4+below
	around := image.Rect(x-3, y-3, x+4, y+4)
	white := lineColors[0]
	white.R, white.G, white.B = 255, 255, 255
	if count(img, around, white) == 0 {
		t.Error("no white dot at the point (1, 1.5)")
	}
}

func TestEnergyMapGreyWhereNotFinite(t *testing.T) {
	m := peak(1, 1)
	for i := range m.Values {
		if i%m.Columns >= m.Columns/2 {
			m.Values[i] = []float64{nan, inf, -inf}[i%3]
		}
	}
	img := render(t, EnergyMap("", m, nil))
	right := image.Rect(300, 80, 420, 200)
	if got, want := count(img, right, notFinite), right.Dx()*right.Dy(); got != want {
		t.Errorf("%d of %d pixels are grey where the map is not finite", got, want)
	}
}

func TestEnergyMapConstant(t *testing.T) {
	m := peak(1, 1)
	for i := range m.Values {
		m.Values[i] = -1e20
	}
	render(t, EnergyMap("flat", m, nil))
}

func TestEnergyMapErrors(t *testing.T) {
	change := func(f func(*Map)) Figure {
		m := peak(1, 1)
		f(&m)
		return EnergyMap("", m, nil)
	}
	wantError(t, change(func(m *Map) { m.Rows = 1 }), "40 columns by 1 rows")
	wantError(t, change(func(m *Map) { m.XMax = m.XMin }), "x from 0 to 0")
	wantError(t, change(func(m *Map) { m.YMax = nan }), "NaN")
	wantError(t, change(func(m *Map) { m.Values = m.Values[:7] }), "7 values", "800")
	wantError(t, change(func(m *Map) { m.Label = "" }), "Label")
	wantError(t, change(func(m *Map) { m.Values = slices.Repeat([]float64{nan}, 800) }), "finite")
	wantError(t, EnergyMap("", peak(1, 1), []float32{1, 2, 3}), "3 numbers", "pairs")
	wantError(t, EnergyMap("", peak(1, 1), []float32{1, 2, 3, float32(nan)}), "point 1")
}

// fieldBounds returns the rectangle of the field: the widest run of coloured
// pixels on a line, and the pixels above and below it.
func fieldBounds(t *testing.T, img image.Image) image.Rectangle {
	t.Helper()
	colored := func(x, y int) bool {
		c := rgb(img, x, y)
		return max(c.R, c.G, c.B)-min(c.R, c.G, c.B) > 30
	}
	var field image.Rectangle
	for y := range img.Bounds().Dy() {
		from := 0
		for x := range img.Bounds().Dx() {
			if !colored(x, y) {
				from = x + 1
				continue
			}
			if x+1-from < 300 {
				continue
			}
			if field.Empty() {
				field.Min = image.Pt(from, y)
			}
			field.Max = image.Pt(max(field.Max.X, x+1), y+1)
		}
	}
	if field.Empty() {
		t.Fatal("no field of colours in the picture")
	}
	return field
}

// brightest returns the place of the pixel with the most green, which viridis
// has at its upper end; contour lines are skipped for their blue.
func brightest(img image.Image, within image.Rectangle) (x, y int) {
	best := -1
	for py := within.Min.Y; py < within.Max.Y; py++ {
		for px := within.Min.X; px < within.Max.X; px++ {
			c := rgb(img, px, py)
			if score := int(c.G) - int(c.B); score > best {
				best, x, y = score, px, py
			}
		}
	}
	return x, y
}
