package features_test

import (
	"fmt"
	"log"

	"ebm/ebmlib/data"
	"ebm/ebmlib/features"
	"ebm/ebmlib/metrics"
)

// A classifier of images of stripes, and how far from such images others of stripes are by its features, and how far noise.
func Example() {
	classifier, err := features.Train(stripes(200, 1), features.Settings{Steps: 60, Batch: 16, LearningRate: 3e-3})
	if err != nil {
		log.Fatal(err)
	}
	var rows [][][]float64
	for _, set := range []*data.Set{stripes(300, 2), stripes(300, 3), data.UniformNoise(300, []int{1, 8, 8}, 1)} {
		images, err := set.Examples(0, set.Len())
		if err != nil {
			log.Fatal(err)
		}
		of, err := classifier.Features(images)
		if err != nil {
			log.Fatal(err)
		}
		rows = append(rows, of)
	}
	ofStripes, err := metrics.FID(rows[1], rows[0])
	if err != nil {
		log.Fatal(err)
	}
	ofNoise, err := metrics.FID(rows[2], rows[0])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("noise is more than ten times as far as other stripes: %v, by the %s\n", ofNoise > 10*ofStripes, classifier.Name())
	// Output: noise is more than ten times as far as other stripes: true, by the small classifier of stripes (accuracy 1.00)
}
