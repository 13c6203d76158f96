package plots

import (
	"image"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// EnergyCurves plots how training goes, from the columns "step", "energy_data",
// "energy_samples" and "energy_difference" of the metrics: above, the mean
// energy of data and of samples; below, their difference, data minus samples,
// with a line at zero, about which a healthy run stays. Gaps, means and errors
// are those of [Curves].
func EnergyCurves(metrics map[string][]float64) Figure {
	const name = "energy-curves"
	data, err := newSeries(metrics, "energy_data", "data", lineStyle(0))
	if err != nil {
		return failed(name, err)
	}
	samples, err := newSeries(metrics, "energy_samples", "samples", lineStyle(1))
	if err != nil {
		return failed(name, err)
	}
	difference, err := newSeries(metrics, "energy_difference", "difference", lineStyle(2))
	if err != nil {
		return failed(name, err)
	}
	return figure{name, func() (image.Image, error) {
		energies := newPlot("", "energy")
		data.addTo(energies)
		samples.addTo(energies)

		differences := newPlot("step", "energy, data - samples")
		differences.Y.Min, differences.Y.Max = 0, 0 // so that zero is in the range
		zero := plotter.NewFunction(func(float64) float64 { return 0 })
		zero.LineStyle = draw.LineStyle{Color: grey, Width: vg.Points(1)}
		differences.Add(zero)
		difference.addTo(differences)
		legend := curvesLegend([]series{data, samples, difference})
		return chart{header{"Energy of data and samples", legend}, []*plot.Plot{energies, differences}}.image(), nil
	}}
}
