package main

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/plots"
	"ebm/ebmlib/train"
)

// writePicture draws samples: images in a grid of so many columns, points over the energy.
func writePicture(composition train.Composition, samples *tensors.Tensor, columns int, out string) error {
	if samples.Rank() == 4 {
		return plots.Save(out, plots.Grid(samples, min(columns, samples.Shape().Dim(0))))
	}
	if samples.Rank() != 2 || samples.Shape().Dim(1) != 2 {
		return fmt.Errorf("samples of shape %s can't be drawn: write them as numbers, with --out samples.npy", samples.Shape())
	}
	figure, err := scatters(composition, tensors.MustCopyFlatData[float32](samples))
	if err != nil {
		return err
	}
	return plots.Save(out, figure)
}

// scatters draws points over the energy. Those of classes in turn are drawn class by class, side by side, each over its own.
func scatters(composition train.Composition, points []float32) (plots.Figure, error) {
	inTurn := func(part train.Part) bool { return part.Run.Config.Classes > 0 && len(part.Labels) == 0 }
	turn := 1 // after so many samples the same labels come again
	for slices.ContainsFunc(composition, func(part train.Part) bool { return inTurn(part) && turn%part.Run.Config.Classes > 0 }) {
		turn++
	}
	var figures []plots.Figure
	for first := range min(turn, len(points)/2) {
		labelled, title := slices.Clone(composition), "energy and samples"
		for i, part := range composition {
			if inTurn(part) {
				labelled[i].Labels = []int32{int32(first % part.Run.Config.Classes)}
				title = fmt.Sprintf("energy and samples of class %d", first)
			}
		}
		var own []float32
		for i := first; i < len(points)/2; i += turn {
			own = append(own, points[2*i:2*i+2]...)
		}
		start := composition[0].Run.Config.Start
		m := plots.Map{XMin: start.Min, XMax: start.Max, YMin: start.Min, YMax: start.Max, Columns: 150, Rows: 150, Label: "energy"}
		var err error
		if m.Values, err = labelled.Energies(tensors.FromFlatDataAndDimensions(m.Points(), m.Columns*m.Rows, 2)); err != nil {
			return nil, err
		}
		figures = append(figures, plots.EnergyMap(title, m, own))
	}
	return plots.Row(figures...), nil
}
