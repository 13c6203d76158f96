package features

// For the test of the network on images that are small enough for every engine.
var (
	InceptionNetwork = inceptionNetwork
	InceptionStore   = inceptionStore
)
