package samplers

// The presets are those of the paper's reference, by data set. MNIST has none: there it leaves samples as they are.

// CIFAR10Transitions are the paper's for CIFAR-10.
func CIFAR10Transitions() Transitions {
	return distortions(0.08, 1)
}

// CelebATransitions are the reference's for CelebA, and for LSUN: CIFAR-10's with colours changed half as much, and blurred.
func CelebATransitions() Transitions {
	return append(distortions(0.08, 0.5), blurred(5))
}

// ImageNetTransitions are the reference's for ImageNet, at 128 pixels: larger boxes than CelebA's, and a wider kernel.
func ImageNetTransitions() Transitions {
	return append(distortions(0.6, 0.5), blurred(11))
}

// STL10Transitions are the reference's for STL-10, at 48 pixels: smaller boxes than CelebA's, and a wider kernel.
func STL10Transitions() Transitions {
	return append(distortions(0.04, 0.5), blurred(11))
}

// ObjectTransitions are the reference's for rendered objects: CelebA's, not blurred.
func ObjectTransitions() Transitions {
	return distortions(0.08, 0.5)
}

// distortions are what the presets share: boxes from a fraction minScale of the area, flips, colours changed by a multiple of
// CIFAR-10's strengths, and grey images.
func distortions(minScale, strength float64) Transitions {
	return Transitions{
		RandomResizedCrop{MinScale: minScale, MaxScale: 1, MinRatio: 3.0 / 4, MaxRatio: 4.0 / 3},
		HorizontalFlip{Probability: 0.5},
		ColourJitter{Brightness: 0.8 * strength, Contrast: 0.8 * strength, Saturation: 0.8 * strength, Hue: 0.4 * strength, Probability: 0.8},
		Grey{Probability: 0.2},
	}
}

func blurred(kernel int) GaussianBlur {
	return GaussianBlur{MinSigma: 0.1, MaxSigma: 2, Kernel: kernel, Probability: 0.5}
}
