package metrics_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	"ebm/ebmlib/metrics"
)

// Each draw told nine times over is worth one draw.
func ExampleESS() {
	random := rand.New(rand.NewPCG(1, 2))
	var chain []float64
	for range 20000 {
		x := random.NormFloat64()
		for range 9 {
			chain = append(chain, x)
		}
	}
	size, err := metrics.ESS([][]float64{chain})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d draws, worth about %.0f thousand\n", len(chain), size/1000)
	// Output: 180000 draws, worth about 20 thousand
}
