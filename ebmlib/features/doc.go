// Package features has a feature extractor of our own: a small convolutional classifier, trained in minutes on a labelled set of images, for
// measures of samples such as metrics.FID where the Inception network, which papers measure with, is not to be had.
//
//	set, err := data.CIFAR10("", "train")
//	classifier, err := features.Train(set, features.Defaults())
//	err = classifier.Save("classifiers/cifar10") // features.Load is the way back
//
//	ofSamples, err := classifier.Features(samples)
//	ofData, err := classifier.Features(images)
//	fid, err := metrics.FID(ofSamples, ofData)
//	fmt.Printf("FID %.2f by %s\n", fid, classifier.Name())
//
// Numbers made with it compare only with numbers made with the same classifier, and not with those of papers: so its [Classifier.Name]
// stands beside each of them.
//
// The Inception network itself is not here. GoMLX has one among its examples, a module of its own of which no version is published, that
// asks for a newer GoMLX, for packages of plots, tables and notebooks, and for the program h5dump to unpack Keras's weights. Features that it,
// or another network, makes elsewhere are measured by the same functions: see the example of features from a file in package metrics.
package features
