package train

import (
	"testing"

	"ebm/ebmlib/data"
	"ebm/ebmlib/samplers"
)

// A step made in pieces is the step that one graph makes: 12 steps of the chain are two pieces, a single step, and the last.
func TestPiecesEqualTheWhole(t *testing.T) {
	hmc := tinyPoints()
	hmc.Chain = samplers.HMC{StepSize: 0.3, Leapfrog: 1, Velocity: 0.5} // Its velocity goes on from piece to piece.
	for name, test := range map[string]struct {
		config Config
		set    *data.Set
	}{
		"points":           {tinyPoints(), eightGaussians()},
		"the whole method": {tinyMethod(), colourPictures()},
		"HMC":              {hmc, eightGaussians()},
	} {
		t.Run(name, func(t *testing.T) {
			config := test.config
			config.Steps = 2*pieceSteps + 2
			by := func(energyNodes int, inPieces bool) *Run {
				run := mustOpen(t, t.TempDir(), config)
				prepareProgram(t, run, test.set, energyNodes, false)
				if (run.program.whole == nil) != inPieces {
					t.Fatalf("the step of a network of %d nodes is made in pieces: %t", energyNodes, !inPieces)
				}
				mustTrain(t, run, test.set, 3)
				return run
			}
			requireSame(t, by(wholeNodes, true), by(0, false))
		})
	}
}
