package train

import (
	"math"

	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// PaperCIFAR10 is the paper's setting for CIFAR-10: Du et al. 2021, section 4 and appendix, and the defaults of its reference
// implementation where the paper is silent.
func PaperCIFAR10() Config {
	return Config{
		Model:        models.CIFAR10{Filters: 64, Scales: 3, Attention: true}, // appendix: architectures; section 3.3: multi-scale
		Chain:        samplers.Langevin{StepSize: 100, Noise: 0.001, Max: 1},  // reference: step_lr, and the noise in its chain
		Steps:        40,                                                      // appendix: 40 Langevin steps
		Start:        Range{0, 1},                                             // reference: uniform noise
		Replay:       samplers.Replay{Capacity: 10000, Restart: 0.001},        // appendix: buffer of 10,000; reference: restarts
		Transitions:  samplers.CIFAR10Transitions(),                           // section 3.2, and the reference's strengths
		Augmentation: nil,                                                     // reference: its data are as they are
		Terms:        losses.Improved(),                                       // section 3.1; weights 1 and 0.3: reference
		KLSteps:      1,                                                       // section 3.1: through the last step alone
		References:   100,                                                     // reference: 100 samples of the buffer
		Neighbours:   1,                                                       // section 3.1: the nearest neighbour
		EntropyAfter: 1000,                                                    // reference: once the buffer holds more than 1000
		Batch:        128,                                                     // appendix
		Adam:         Adam{2e-4, 0, 0.9, 1e-8},                                // appendix; betas and epsilon: reference
		ClipNorm:     0.5,                                                     // reference
		EMA:          0.99,                                                    // reference
		Guard:        DefaultGuard(),                                          // reference: it stops when an energy passes 10
	}
}

// PaperConditionalCIFAR10 is [PaperCIFAR10] with the energy conditioned on the ten classes.
func PaperConditionalCIFAR10() Config {
	c := PaperCIFAR10()
	c.Classes = 10
	return c
}

// PaperCIFAR100 is [PaperCIFAR10], for the same kind of images.
func PaperCIFAR100() Config {
	c := PaperCIFAR10()
	c.KLSamples = 32 // reference: sets other than CIFAR-10 and CelebA
	return c
}

// PaperSVHN is [PaperCIFAR10] for house numbers, which are neither flipped nor, beyond a quarter of their area, cropped: they would
// read as other digits. The paper only evaluates on SVHN; this is for training on it.
func PaperSVHN() Config {
	c := PaperCIFAR10()
	c.Transitions = samplers.Transitions{
		samplers.RandomResizedCrop{MinScale: 0.25, MaxScale: 1, MinRatio: 3.0 / 4, MaxRatio: 4.0 / 3},
		samplers.ColourJitter{Brightness: 0.8, Contrast: 0.8, Saturation: 0.8, Hue: 0.4, Probability: 0.8},
	}
	c.KLSamples = 32 // reference: sets other than CIFAR-10 and CelebA
	return c
}

// PaperMNIST is the setting of the paper's reference implementation for MNIST: that of CIFAR-10 with its network for MNIST and
// without transitions, which it has none of there.
func PaperMNIST() Config {
	c := PaperCIFAR10()
	c.Model = models.MNIST{Filters: 64}
	c.Transitions = nil
	c.KLSamples = 32 // reference: sets other than CIFAR-10 and CelebA
	return c
}

// PaperCelebA is the paper's setting for faces at 128 pixels (CelebA, CelebA-HQ), and at 64: that of CIFAR-10 with the larger network,
// 128 filters, five times the step size, and its own transitions.
func PaperCelebA() Config {
	c := PaperCIFAR10()
	c.Model = models.CelebA{Filters: 128, Scales: 3, Attention: true} // appendix: architectures
	c.Chain = samplers.Langevin{StepSize: 500, Noise: 0.001, Max: 1}  // reference: step_lr for CelebA
	c.Transitions = samplers.CelebATransitions()                      // reference
	return c
}

// PaperLSUN is [PaperCelebA] for bedrooms at 128 pixels.
func PaperLSUN() Config {
	c := PaperCelebA()
	c.KLSamples = 32 // reference: sets other than CIFAR-10 and CelebA
	return c
}

// PaperImageNet32 is [PaperCIFAR10] for ImageNet at 32 or 64 pixels.
func PaperImageNet32() Config {
	c := PaperCIFAR10()
	c.KLSamples = 32 // reference: sets other than CIFAR-10 and CelebA
	return c
}

// PaperImageNet128 is the paper's setting for ImageNet at 128 pixels: that of CelebA with ImageNet's transitions.
func PaperImageNet128() Config {
	c := PaperLSUN()
	c.Transitions = samplers.ImageNetTransitions() // reference
	return c
}

// PaperSTL10 is the setting for STL-10: that of CelebA with STL-10's transitions.
func PaperSTL10() Config {
	c := PaperLSUN()
	c.Transitions = samplers.STL10Transitions()                                      // reference
	c.Augmentation = samplers.Transitions{samplers.HorizontalFlip{Probability: 0.5}} // reference
	return c
}

// PaperObjects is the setting for rendered objects (section 4.4: composition), such as data.Shapes at 64 pixels: that of CelebA
// with their own transitions.
func PaperObjects() Config {
	c := PaperLSUN()
	c.Transitions = samplers.ObjectTransitions() // reference
	return c
}

// PaperDSprites is [PaperMNIST] for the white sprites of dSprites, at 64 pixels.
func PaperDSprites() Config { return PaperMNIST() }

// Digits is a small setting of the same objective that learns handwritten digits in minutes on two cores of a CPU. It
// departs from [PaperMNIST] in the network, a shorter and noisier chain, a smaller buffer with more restarts, a smaller batch
// that the KL terms take whole, and a larger learning rate.
func Digits() Config {
	c := PaperMNIST()
	c.Model = models.ConvNet{Side: 16, Filters: []int{32, 64, 64}}
	c.Chain = samplers.Langevin{StepSize: 10, Noise: 0.01, Max: 1}
	c.Steps = 20
	c.Replay = samplers.Replay{Capacity: 2000, Restart: 0.02}
	c.Terms = []losses.Term{
		losses.ContrastiveDivergence(1),
		losses.EnergyL2(0.1),
		losses.KLEnergy(1),
		losses.KLEntropy(0.3),
	}
	c.Batch = 48
	c.KLSamples = 0
	c.Adam.LearningRate = 1e-3
	return c
}

// Points is a setting for two-dimensional data within about [-4, 4]²: an MLP, and a chain whose noise fits its step size
// (√(2 StepSize), unadjusted Langevin), so that the model's density can be compared with the data's. Its average of the weights is
// longer than the paper's: chains seldom cross from one cluster to another, so the clusters' shares drift to and fro while
// training, and the average settles them.
func Points() Config {
	c := PaperMNIST()
	c.Model = models.MLP{Hidden: []int{128, 128}}
	c.Chain = samplers.Langevin{StepSize: 0.04, Noise: math.Sqrt(2 * 0.04)}
	c.Steps = 20
	c.Start = Range{-4, 4}
	c.Replay = samplers.Replay{Capacity: 10000, Restart: 0.05}
	c.Terms = []losses.Term{
		losses.ContrastiveDivergence(1),
		losses.EnergyL2(0.001),
		losses.KLEnergy(1),
		losses.KLEntropy(0.3),
	}
	c.Batch = 256
	c.KLSamples = 0
	c.Adam.LearningRate = 3e-3
	c.EMA = 0.997
	return c
}
