package train

import (
	"testing"

	"ebm/ebmlib/backends"
	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/data"
	"ebm/ebmlib/samplers"
)

// What a GPU is given for anything that a run does, XLA's CUDA compiler takes. It is not run: energies are all 0.
func TestCUDACompiler(t *testing.T) {
	t.Setenv(backends.Variable, backendtest.CUDACompiler(t))
	images := tinyMethod()
	images.Model = standardized{}
	for name, test := range map[string]struct {
		config Config
		set    *data.Set
		ais    samplers.Chain
	}{
		"points": {tinyPoints(), eightGaussians(), samplers.MALA{StepSize: 0.01}},
		"images": {images, colourPictures(), samplers.HMC{StepSize: 0.01, Leapfrog: 2, Velocity: 1, Metropolis: true}},
	} {
		t.Run(name, func(t *testing.T) {
			run := trained(t, t.TempDir(), test.config, test.set, 2)
			var label []int32
			if test.config.Classes > 0 {
				label = []int32{0} // All that the buffer holds is 0, the labels too.
			}
			x, err := test.set.Examples(0, 3)
			if err != nil {
				t.Fatal(err)
			}
			with := Sampling{Count: 5, From: Buffer, Rounds: 2, Steps: stepsPerCall + 2, Batch: 3}
			hmc := with
			hmc.Chain = samplers.HMC{StepSize: 0.1, Leapfrog: 1, Velocity: 0.5}
			for what, do := range map[string]func() error{
				"samples":           func() error { _, err := run.Sample(3, stepsPerCall+2, label...); return err },
				"samples in rounds": func() error { _, err := run.SampleWith(with, label...); return err },
				"samples by HMC":    func() error { _, err := run.SampleWith(hmc, label...); return err },
				"denoising":         func() error { _, err := run.Denoise(x, stepsPerCall, label...); return err },
				"energies":          func() error { _, err := run.Energies(x, label...); return err },
				"scores":            func() error { _, err := run.Scores(test.set, 10); return err },
				"a composition": func() error {
					parts := Composition{{Run: run, Weight: 1, Labels: label}, {Run: run, Weight: -0.5, Labels: label}}
					_, err := parts.Sample(3, stepsPerCall)
					return err
				},
				"likelihood": func() error {
					ais := samplers.AIS{Chain: test.ais, Steps: 12, Deviation: 1}
					_, err := Composition{{Run: run, Weight: 1, Labels: label}}.LogLikelihood(test.set, 8, ais)
					return err
				},
			} {
				if err := do(); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}
