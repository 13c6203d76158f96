package data

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/integrate/quad"
)

// curve is a point on the plane for each parameter t.
type curve func(t float64) (x, y float64)

// law is the distribution of a curve's parameter t on [0, end].
type law struct {
	end      float64
	quantile func(u float64) float64 // the inverse of the distribution function
	density  func(t float64) float64
}

// uniform is the law of t spread evenly over [0, end].
func uniform(end float64) law {
	return law{
		end:      end,
		quantile: func(u float64) float64 { return end * u },
		density:  func(float64) float64 { return 1 / end },
	}
}

// noisyCurves is the density of a point on one of K curves, each as likely, with isotropic Gaussian noise:
//
//	p(x) = 1/K sum_k int p(t) N(x; c_k(t), std^2 I) dt,
//
// with the integral by Gauss-Legendre quadrature at so many nodes a curve; it is then a mixture with a centre at each node.
func noisyCurves(name string, std float64, t law, nodes int, curves ...curve) Density2D {
	ts, weights := make([]float64, nodes), make([]float64, nodes)
	quad.Legendre{}.FixedLocations(ts, weights, 0, t.end)
	m := mixture{std: std}
	for _, c := range curves {
		for i := range ts {
			x, y := c(ts[i])
			m.centres = append(m.centres, [2]float64{x, y})
			m.weights = append(m.weights, weights[i]*t.density(ts[i])/float64(len(curves)))
		}
	}
	return Density2D{
		Name: name,
		Draw: func(rng *rand.Rand) (float64, float64) {
			x, y := curves[rng.IntN(len(curves))](t.quantile(rng.Float64()))
			return x + std*rng.NormFloat64(), y + std*rng.NormFloat64()
		},
		LogDensity: m.logDensity,
	}
}

// Rings ("rings") is four concentric circles with radii R = 0.75, 1.5, 2.25 and 3, each as likely, with isotropic Gaussian
// noise of standard deviation s = 0.08. In r = |x| and with the modified Bessel function I0,
//
//	p(x) = 1/4 sum_R exp(-(r^2 + R^2) / 2 s^2) I0(r R / s^2) / (2 pi s^2),
//
// evaluated as an integral over the angle, to 1e-6 in log p on [-4, 4]^2.
func Rings() Density2D {
	circle := func(radius float64) curve {
		return func(t float64) (x, y float64) { return radius * math.Cos(t), radius * math.Sin(t) }
	}
	return noisyCurves("rings", 0.08, uniform(2*math.Pi), 512, circle(0.75), circle(1.5), circle(2.25), circle(3))
}

// Moons ("moons") is two interleaved half circles of radius 2, each as likely, with isotropic Gaussian noise of standard
// deviation s = 0.2: for angles t uniform on [0, pi],
//
//	c_1(t) = (2 cos t - 1, 2 sin t - 0.2),  c_2(t) = (1 - 2 cos t, 0.8 - 2 sin t),
//	p(x) = 1/2 sum_k 1/pi int_0^pi N(x; c_k(t), s^2 I) dt,
//
// with the integral to 1e-6 in log p on [-4, 4]^2.
func Moons() Density2D {
	return noisyCurves("moons", 0.2, uniform(math.Pi), 128,
		func(t float64) (x, y float64) { return 2*math.Cos(t) - 1, 2*math.Sin(t) - 0.2 },
		func(t float64) (x, y float64) { return 1 - 2*math.Cos(t), 0.8 - 2*math.Sin(t) })
}

// Spirals ("spirals") is two Archimedean spirals of one and a half turns, the one the other turned by half a circle, each
// as likely, with isotropic Gaussian noise of standard deviation s = 0.1: for angles t on [0, T], T = 3 pi, with density
// 2 t / T^2 (nearly uniform along the arm),
//
//	c_1(t) = t/3 (-cos t, sin t),  c_2(t) = -c_1(t),
//	p(x) = 1/2 sum_k int_0^T 2 t / T^2 N(x; c_k(t), s^2 I) dt,
//
// with the integral to 1e-6 in log p on [-4, 4]^2.
func Spirals() Density2D {
	const end = 3 * math.Pi
	angle := law{
		end:      end,
		quantile: func(u float64) float64 { return end * math.Sqrt(u) },
		density:  func(t float64) float64 { return 2 * t / (end * end) },
	}
	arm := func(scale float64) curve {
		return func(t float64) (x, y float64) { return -scale * t * math.Cos(t), scale * t * math.Sin(t) }
	}
	return noisyCurves("spirals", 0.1, angle, 512, arm(1.0/3), arm(-1.0/3))
}
