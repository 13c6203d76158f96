// Package train trains an energy in a run: a directory that holds everything.
//
//	run, err := train.Open("runs/digits", train.Digits()) // a new run, or the one that is there, where it stopped
//	digits, err := data.Digits(dir)
//	err = run.Train(digits, 600)                         // progress bar in a terminal, live curve in a notebook
//	plots.Show(plots.EnergyCurves(run.Metrics()))
//	samples, err := run.Sample(64, 300)                   // chains from noise, by the average of the weights
//	plots.Show(plots.Grid(samples, 8))
//
// On a machine with several GPUs, run.Devices = 4 before that shares the training out over four of them.
//
// [Config] has the whole method: any chain and energy, conditional or not, transitions, the KL term through any number of steps.
// [Run.Train] takes a data set in memory, or a data.Source that is read as it goes, however large.
//
// [Run.SampleWith] draws samples as the paper's reference does after training, in rounds from the replay buffer; [Composition] samples
// several runs' energies added up, [Run.Inpaint] fills in a part of images, and [Run.Denoise] cleans them. [Run.LogLikelihood] bounds the
// likelihood of examples.
//
// A run's directory:
//
//	config.json            the whole configuration, and the shape of one example
//	metrics.jsonl          one line a training step, readable while it is written
//	checkpoints/step-N/    weights, their average, optimiser, random state, replay buffer; with checksums
//	weights.safetensors    if it is there: the weights that a run without a checkpoint starts from, by the names of [Run.Weights]
//	setbacks.jsonl         one line a time that the training failed and went back: see [Guard]
//	data.jsonl             one line a data set that the run was trained on: its name, and the step after which
//	lock                   the process that trains the run
//
// The folder ebmlib/pretrained has runs of a config.json and a weights.safetensors alone, to sample from and to train on.
//
// Values do not survive a notebook's cell, and runs do: each cell, script or command opens the run anew. What is chosen on
// the host is a pure function of the seed and the step, and the rest is in the checkpoint, so a resumed run equals an
// unbroken one, bit for bit on the same engine.
package train
