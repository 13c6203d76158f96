// Command digits trains an energy on handwritten digits and writes samples of it: the whole of ebmlib in a script.
//
//	go run ./ebmlib/examples/digits
package main

import (
	"log"

	"ebm/ebmlib/data"
	"ebm/ebmlib/plots"
	"ebm/ebmlib/train"
)

func main() {
	digits, err := data.Digits("") // MNIST, or the 8x8 digits, in $EBM_DATA or ~/.ebm/data
	check(err)
	run, err := train.Open("runs/digits", train.Digits()) // resumes where it stopped
	check(err)
	check(run.Train(digits, 600)) // until the run has made 600 steps
	check(plots.Save("runs/digits/curves.png", plots.EnergyCurves(run.Metrics())))
	samples, err := run.Sample(64, 300) // 64 chains of 300 steps from noise
	check(err)
	check(plots.Save("runs/digits/samples.png", plots.Grid(samples, 8)))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
