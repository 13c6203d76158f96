// Command bfloat16 shows what multiplying in bfloat16 does to energies and to a training: small digits, each of two seeds in both precisions.
// It takes the xla engine.
//
//	GOMLX_BACKEND=xla:cpu go run ./ebmlib/examples/bfloat16
//
// The runs go into runs/bfloat16, with their curves in curves.png, and a Markdown table to standard output.
package main

import (
	"fmt"
	"log"
	"math"
	"path/filepath"

	"gonum.org/v1/gonum/stat"

	"ebm/ebmlib/data"
	"ebm/ebmlib/models"
	"ebm/ebmlib/plots"
	"ebm/ebmlib/train"
)

const (
	folder = "runs/bfloat16"
	steps  = 300
	late   = steps / 3 // of them, the last: those that the table is about
)

var columns = []string{"energy_data", "energy_difference", "cd", "kl_energy", "kl_entropy", "gradient_norm", "spread_samples"}

func main() {
	digits, err := data.Digits("")
	check(err)
	metrics := make(map[string]map[string][]float64) // by run
	var names []string
	for _, narrow := range []bool{false, true} {
		for seed := range int64(2) {
			config := train.Digits()
			config.Model = models.ConvNet{Side: 8, Filters: []int{16, 32, 32}}
			config.BFloat16, config.Seed = narrow, seed+1
			name := fmt.Sprintf("%s, seed %d", precision(narrow), config.Seed)
			run, err := train.Open(filepath.Join(folder, fmt.Sprintf("%s-%d", precision(narrow), config.Seed)), config)
			check(err)
			check(run.Train(digits, steps))
			metrics[name], names = run.Metrics(), append(names, name)
		}
	}

	var figures []plots.Figure
	for _, column := range []string{"energy_difference", "spread_samples"} {
		together := map[string][]float64{"step": metrics[names[0]]["step"]}
		for _, name := range names {
			together[name] = metrics[name][column]
		}
		figures = append(figures, plots.Curves(column, column, together, names...))
	}
	check(plots.Save(filepath.Join(folder, "curves.png"), plots.Column(figures...)))

	fmt.Printf("| mean ± deviation over the last %d of %d steps |", late, steps)
	for _, name := range names {
		fmt.Printf(" %s |", name)
	}
	fmt.Println("\n| --- | ---: | ---: | ---: | ---: |")
	for _, column := range columns {
		fmt.Printf("| `%s` |", column)
		for _, name := range names {
			mean, deviation := stat.MeanStdDev(metrics[name][column][steps-late:], nil)
			fmt.Printf(" %.4f ± %.4f |", mean, deviation)
		}
		fmt.Println()
	}
	difference, deviation := energies(filepath.Join(folder, "float32-1"))
	fmt.Printf("\nBy the weights of %s, the energies of 500 samples of its replay buffer have a standard deviation of %.3g; in bfloat16 they differ "+
		"from those in float32 by %.2g, root mean square.\n", names[0], deviation, difference)
}

// energies are those of a run's samples, in both precisions: the root mean square of their differences, and their standard deviation.
func energies(dir string) (difference, deviation float64) {
	wide, err := train.Load(dir)
	check(err)
	narrow, err := train.Load(dir)
	check(err)
	narrow.Config.BFloat16 = true
	samples, err := wide.Buffer(500)
	check(err)
	exact, err := wide.Energies(samples)
	check(err)
	rough, err := narrow.Energies(samples)
	check(err)
	var squares float64
	for i := range exact {
		squares += (rough[i] - exact[i]) * (rough[i] - exact[i])
	}
	return math.Sqrt(squares / float64(len(exact))), stat.StdDev(exact, nil)
}

func precision(narrow bool) string {
	if narrow {
		return "bfloat16"
	}
	return "float32"
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
