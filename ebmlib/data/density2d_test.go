package data

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The grid of bins is bins x bins on [-edge, edge]^2, with bin edges on the checkerboard's.
const (
	edge = 4.5
	bins = 36
)

// binMass integrates p over each bin by the midpoint rule with 5 x 5 points.
func binMass(d Density2D) []float64 {
	const parts = 5
	const step = 2 * edge / (bins * parts)
	mass := make([]float64, bins*bins)
	for i := range bins * parts {
		for j := range bins * parts {
			x, y := (float64(i)+0.5)*step-edge, (float64(j)+0.5)*step-edge
			mass[i/parts*bins+j/parts] += math.Exp(d.LogDensity(x, y)) * step * step
		}
	}
	return mass
}

// binCounts counts the points in each bin, and those in none.
func binCounts(points []float32) (counts []float64, outside int) {
	counts = make([]float64, bins*bins)
	bin := func(v float32) int { return int(math.Floor((float64(v) + edge) * bins / (2 * edge))) }
	for k := 0; k < len(points); k += 2 {
		i, j := bin(points[k]), bin(points[k+1])
		if i < 0 || i >= bins || j < 0 || j >= bins {
			outside++
			continue
		}
		counts[i*bins+j]++
	}
	return counts, outside
}

// Each density integrates to 1, and a chi-square test over the bins does not tell its samples from it.
func TestDensitiesAreNormalisedAndAgreeWithTheirSamples(t *testing.T) {
	const samples = 400_000
	for _, d := range Densities2D() {
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			mass := binMass(d)
			var total float64
			for _, m := range mass {
				total += m
			}
			if math.Abs(total-1) > 1e-3 {
				t.Errorf("the density integrates to %v", total)
			}
			observed, outside := binCounts(d.Sample(rand.New(rand.NewPCG(1, 2)), samples))
			if outside > samples/1000 {
				t.Errorf("%d of %d samples are outside [-%v, %v]^2", outside, samples, edge, edge)
			}

			// Bins that expect fewer than 10 samples, and all that is outside, are pooled into one.
			term := func(observed, expected float64) float64 {
				return (observed - expected) * (observed - expected) / expected
			}
			// Ten more on both sides keep an empty pool harmless.
			pooledObserved, pooledExpected := 10+float64(outside), 10+(1-total)*samples
			chiSquare, terms := 0.0, 1.0
			for b, m := range mass {
				if expected := m * samples; expected >= 10 {
					chiSquare += term(observed[b], expected)
					terms++
				} else {
					pooledObserved += observed[b]
					pooledExpected += expected
				}
			}
			chiSquare += term(pooledObserved, pooledExpected)
			if limit := terms + 5*math.Sqrt(2*terms); chiSquare > limit {
				t.Errorf("chi-square is %.0f over %.0f bins, above %.0f", chiSquare, terms, limit)
			}
		})
	}
}

func TestNoSampleHasDensityZero(t *testing.T) {
	for _, d := range Densities2D() {
		points := d.Sample(rand.New(rand.NewPCG(3, 4)), 1000)
		for k := 0; k < len(points); k += 2 {
			if l := d.LogDensity(float64(points[k]), float64(points[k+1])); math.IsInf(l, 0) || math.IsNaN(l) {
				t.Errorf("%s: log density %v at its sample (%v, %v)", d.Name, l, points[k], points[k+1])
			}
		}
	}
}

func TestLogDensityFarAwayIsFinite(t *testing.T) {
	for _, d := range Densities2D() {
		l := d.LogDensity(50, -50)
		if zero := d.Name == "checkerboard"; math.IsNaN(l) || math.IsInf(l, -1) != zero || l > -100 {
			t.Errorf("%s: log density %v at (50, -50)", d.Name, l)
		}
	}
}

func TestPointsAreFixedByTheSeed(t *testing.T) {
	for _, d := range Densities2D() {
		a, b, c := Points(d, 100, 7), Points(d, 100, 7), Points(d, 100, 8)
		ok(t, a.Check())
		if a.Name != d.Name || a.Len() != 100 || !slices.Equal(a.Shape, []int{2}) {
			t.Errorf("%s: set %q of %d points of shape %v", d.Name, a.Name, a.Len(), a.Shape)
		}
		if !slices.Equal(a.Floats, b.Floats) {
			t.Errorf("%s: the same seed gives other points", d.Name)
		}
		if slices.Equal(a.Floats, c.Floats) {
			t.Errorf("%s: another seed gives the same points", d.Name)
		}
	}
}

func TestPointsOfNoNumberAreRefusedByCheck(t *testing.T) {
	for _, n := range []int{0, -1} {
		expectError(t, Points(Moons(), n, 1).Check(), "moons", "is empty")
	}
	expectError(t, Points(Density2D{Name: "undrawn"}, 10, 1).Check(), "undrawn", "is empty")
}

func TestDensityNames(t *testing.T) {
	var names []string
	for _, d := range Densities2D() {
		names = append(names, d.Name)
	}
	if want := []string{"eight-gaussians", "rings", "moons", "checkerboard", "pinwheel", "spirals"}; !slices.Equal(names, want) {
		t.Errorf("the densities are %q, want %q", names, want)
	}
}

func TestEightGaussiansModes(t *testing.T) {
	d := EightGaussians()
	if len(d.Modes) != 8 {
		t.Fatalf("%d modes", len(d.Modes))
	}
	// At a centre the nearest others are 2.16 away, more than 6 standard deviations, and add less than 1e-7.
	want := -math.Log(8 * 2 * math.Pi * 0.125)
	for _, mode := range d.Modes {
		if r := math.Hypot(mode[0], mode[1]); math.Abs(r-2*math.Sqrt2) > 1e-12 {
			t.Errorf("mode %v is at radius %v", mode, r)
		}
		if got := d.LogDensity(mode[0], mode[1]); math.Abs(got-want) > 1e-7 {
			t.Errorf("log density at mode %v is %v, want %v", mode, got, want)
		}
	}
}

func TestCheckerboardSquares(t *testing.T) {
	d := Checkerboard()
	for _, c := range []struct {
		x, y float64
		dark bool
	}{
		{-3, -3, true}, {-3, -1, false}, {-1, -1, true}, {1, -1, false}, {1, 1, true}, {3, -1, true},
		{-4, -4, true}, {4, 0, false}, {5, 5, false}, {-5, -5, false},
	} {
		want := math.Inf(-1)
		if c.dark {
			want = -math.Log(32)
		}
		if got := d.LogDensity(c.x, c.y); got != want {
			t.Errorf("log density at (%v, %v) is %v, want %v", c.x, c.y, got, want)
		}
	}
}

// integral over [0, end] is Simpson's rule with many points, independent of the package's quadrature.
func integral(end float64, f func(t float64) float64) float64 {
	const steps = 20_000
	sum := f(0) + f(end)
	for i := 1; i < steps; i++ {
		weight := 2 + 2*float64(i%2)
		sum += weight * f(float64(i)/steps*end)
	}
	return sum * end / (3 * steps)
}

// The densities of noisy curves are the integrals that their documentation gives, to 1e-6, out to the corners.
func TestNoisyCurvesAreTheDocumentedIntegrals(t *testing.T) {
	// scaled is exp(peak) N((dx, dy); 0, s^2 I), with the peak taken out of the integral against underflow.
	scaled := func(dx, dy, s, peak float64) float64 {
		return math.Exp(peak-(dx*dx+dy*dy)/(2*s*s)) / (2 * math.Pi * s * s)
	}
	documented := map[string]func(x, y, peak float64) float64{
		"rings": func(x, y, peak float64) float64 {
			const s = 0.08
			r := math.Hypot(x, y)
			var p float64
			for _, R := range []float64{0.75, 1.5, 2.25, 3} {
				bessel := integral(math.Pi, func(t float64) float64 { // exp(-r R / s^2) I0(r R / s^2)
					return math.Exp(r*R/(s*s)*(math.Cos(t)-1)) / math.Pi
				})
				p += bessel * scaled(r-R, 0, s, peak) / 4
			}
			return p
		},
		"moons": func(x, y, peak float64) float64 {
			return integral(math.Pi, func(t float64) float64 {
				sin, cos := math.Sincos(t)
				return (scaled(x-2*cos+1, y-2*sin+0.2, 0.2, peak) + scaled(x-1+2*cos, y-0.8+2*sin, 0.2, peak)) / (2 * math.Pi)
			})
		},
		"spirals": func(x, y, peak float64) float64 {
			const end = 3 * math.Pi
			return integral(end, func(t float64) float64 {
				u, v := -t/3*math.Cos(t), t/3*math.Sin(t)
				return (scaled(x-u, y-v, 0.1, peak) + scaled(x+u, y+v, 0.1, peak)) * t / (end * end)
			})
		},
	}
	for _, d := range Densities2D() {
		p, found := documented[d.Name]
		if !found {
			continue // It is of no noisy curve.
		}
		for _, at := range [][2]float64{{0, 0}, {0.3, -0.2}, {1.5, 0.1}, {-2.2, 1.9}, {3, 0}, {0.7, 3.1}, {4, 4}, {-4, 3.8}, {4, -4}} {
			got := d.LogDensity(at[0], at[1])
			want := math.Log(p(at[0], at[1], -got)) + got
			if !(math.Abs(got-want) < 1e-6) {
				t.Errorf("%s: log density at %v is %v, want %v", d.Name, at, got, want)
			}
		}
	}
}
