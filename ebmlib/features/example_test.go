package features_test

import (
	"fmt"
	"log"

	"ebm/ebmlib/features"
	"ebm/ebmlib/metrics"
)

// A classifier of images of stripes, and how far other such images are from them by its features.
func Example() {
	classifier, err := features.Train(stripes(200, 1), features.Settings{Steps: 60, Batch: 16, LearningRate: 3e-3})
	if err != nil {
		log.Fatal(err)
	}
	var rows [2][][]float64
	for i := range rows {
		images, err := stripes(300, uint64(i)).Examples(0, 300)
		if err != nil {
			log.Fatal(err)
		}
		if rows[i], err = classifier.Features(images); err != nil {
			log.Fatal(err)
		}
	}
	fid, err := metrics.FID(rows[0], rows[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("FID below 0.1: %v, by %s\n", fid < 0.1, classifier.Name())
	// Output: FID below 0.1: true, by small classifier of stripes (accuracy 1.00)
}
