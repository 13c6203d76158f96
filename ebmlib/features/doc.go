// Package features has the networks by whose features images are measured, for measures of samples such as metrics.FID: the [Inception] network of
// papers, whose weights the user gives, and a small convolutional [Classifier] of our own, trained in minutes on a labelled set, where these
// weights are not to be had.
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
// and by Inception
//
//	inception, err := features.LoadInception("inception.safetensors")
//	ofSamples, probabilities, err := inception.Extract(samples)
//
// Numbers made with a network compare only with numbers made with the same one: so its Name stands beside each of them. Those by a classifier
// do not compare with papers'; those by Inception do, of as many samples.
//
// The network is written here, since GoMLX has its own among its examples, a module of which no version is published, with Keras's weights,
// which are not those of papers' distances. That ours computes what the package pytorch-fid's does is tested, on made-up weights by a formula: the
// trained ones, 96 MB, are not in the repository. Features that another network makes elsewhere are measured by the same functions: see the
// example of features from a file in package metrics.
package features
