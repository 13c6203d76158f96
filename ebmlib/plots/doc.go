// Package plots draws the figures of a run: curves of its metrics, maps of
// two-dimensional energies, grids of samples, chains frame by frame, and
// histograms.
//
// A function a figure makes a [Figure]; [Show] puts it under the cell in a
// notebook, or writes a PNG file from a script:
//
//	plots.Show(plots.EnergyCurves(metrics))
//	plots.Show(plots.Grid(samples, 8))
//	plots.Show(plots.Row(
//		plots.EnergyMap("learnt", learnt, samples),
//		plots.EnergyMap("true", truth, nil)))
//
// [Save] writes a figure under a path of your choice, and [Live] redraws one
// in place while a run trains.
//
// Bad input does not stop the call that makes a figure, so that calls nest as
// above: the figure keeps the error, and Show, Save and PNG return it.
//
// A tensor is read when the figure is made. Slices are kept, not copied: a
// history may grow by append while its figure waits to be drawn, but values
// already handed over must not change.
package plots
