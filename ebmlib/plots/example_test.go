package plots_test

import (
	"fmt"
	"math"

	"ebm/ebmlib/plots"

	"github.com/gomlx/gomlx/core/tensors"
)

// The metrics of a run, shown as curves.
func ExampleEnergyCurves() {
	metrics := map[string][]float64{
		"step":              {0, 1, 2, 3},
		"energy_data":       {0.1, -0.2, -0.5, -0.6},
		"energy_samples":    {1.0, 0.4, -0.2, -0.5},
		"energy_difference": {-0.9, -0.6, -0.3, -0.1},
	}
	if err := plots.Show(plots.EnergyCurves(metrics)); err != nil {
		fmt.Println(err)
	}
	// Output: plots/energy-curves.png
}

// Any columns of the metrics; a missing one is named, beside those there are.
func ExampleCurves() {
	metrics := map[string][]float64{"step": {0, 1, 2}, "grad_norm": {0.3, 0.2, math.NaN()}}
	fmt.Println(plots.Show(plots.Curves("Gradient", "norm", metrics, "grad_norm")))
	fmt.Println(plots.Show(plots.Curves("Gradient", "norm", metrics, "grad")))
	// Output:
	// plots/curves.png
	// <nil>
	// plots: curves: no column "grad" in the metrics: choose from grad_norm, step
}

// Sixteen grey images in four columns.
func ExampleGrid() {
	images := tensors.FromFlatDataAndDimensions(make([]float32, 16*28*28), 16, 1, 28, 28)
	if err := plots.Save("samples.png", plots.Grid(images, 4)); err != nil {
		fmt.Println(err)
	}
	fmt.Println(plots.Show(plots.Grid(images, 0)))
	// Output: plots: grid: 0 columns: a grid needs at least 1
}

// An energy of two variables, with samples over it.
func ExampleEnergyMap() {
	m := plots.Map{XMin: -2, XMax: 2, YMin: -2, YMax: 2, Columns: 50, Rows: 50, Label: "energy"}
	points := m.Points()
	for i := 0; i < len(points); i += 2 {
		x, y := float64(points[i]), float64(points[i+1])
		m.Values = append(m.Values, (x*x+y*y)/2)
	}
	samples := []float32{0.1, -0.3, 0.8, 0.2, -0.5, 0.4}
	if err := plots.Show(plots.EnergyMap("A normal distribution", m, samples)); err != nil {
		fmt.Println(err)
	}
	// Output: plots/energy-map.png
}

// Two chains at three steps.
func ExampleChainStrip() {
	chain := tensors.FromFlatDataAndDimensions(make([]float32, 3*2*8*8), 3, 2, 1, 8, 8)
	if err := plots.Show(plots.ChainStrip(chain, []int{0, 10, 60})); err != nil {
		fmt.Println(err)
	}
	// Output: plots/chain-strip.png
}

// Energies of data and of samples overlaid.
func ExampleHistogram() {
	energies := map[string][]float64{"data": {-1.2, -0.9, -1.1}, "samples": {-0.8, -1.0, -0.2}}
	if err := plots.Save("energies.png", plots.Histogram("Energies", "energy", energies)); err != nil {
		fmt.Println(err)
	}
	// Output:
}

// A figure that follows a run in a notebook; in a script it does nothing.
func ExampleLive() {
	metrics := map[string][]float64{}
	live := plots.NewLive()
	for step := range 100 {
		metrics["step"] = append(metrics["step"], float64(step))
		metrics["loss"] = append(metrics["loss"], 1/float64(step+1))
		live.Update(func() plots.Figure { return plots.Curves("Training", "loss", metrics, "loss") })
	}
	live.Finish(plots.Curves("Training", "loss", metrics, "loss"))
	// Output:
}
