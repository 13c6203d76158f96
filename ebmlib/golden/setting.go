package golden

import (
	"encoding/json"
	"fmt"
	"strings"

	"ebm/ebmlib/internal/untrusted"
	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// Setting is what stands in the .json beside a golden file.
type Setting struct {
	Model        string  `json:"model"` // "mnist", "cifar10", "celeba", "imagenet", "levels", "convnet", "mlp" or "residual_block"
	Filters      int     `json:"filters,omitempty"`
	Hidden       []int   `json:"hidden,omitempty"` // of "mlp" the widths of its layers, of "convnet" the channels of its convolutions
	Side         int     `json:"side,omitempty"`   // as models.ConvNet has it
	ImageSize    int     `json:"image_size"`       // 0 for points
	Channels     int     `json:"channels"`         // of an image; the dims of a point
	Scales       int     `json:"scales"`
	Attention    bool    `json:"attention"`
	Norm         string  `json:"norm"` // as models.Norm has it
	SpectralNorm bool    `json:"spectral_norm"`
	Downsample   bool    `json:"downsample,omitempty"` // of a residual block
	Conditions   int     `json:"conditions"`           // width of the one-hot labels; 0 without
	Steps        int     `json:"steps"`
	StepSize     float64 `json:"step_size"`
	Noise        float64 `json:"noise"`
	Clamp        bool    `json:"clamp"`    // whether the chain is kept within [0, 1]; true where the .json doesn't say
	KLSteps      klSteps `json:"kl_steps"` // "last", "all", or a number
	KLWeight     float64 `json:"kl_weight"`
	Entropy      float64 `json:"entropy_weight"`
	L2           float64 `json:"l2_weight"`
}

// klSteps is the number of last steps that the KL term is differentiated through.
type klSteps int

const allSteps klSteps = -1

func (k klSteps) MarshalJSON() ([]byte, error) {
	switch k {
	case 1:
		return []byte(`"last"`), nil
	case allSteps:
		return []byte(`"all"`), nil
	}
	return json.Marshal(int(k))
}

func (k *klSteps) UnmarshalJSON(text []byte) error {
	switch strings.Trim(string(text), `"`) {
	case "last":
		*k = 1
	case "all":
		*k = allSteps
	default:
		if err := json.Unmarshal(text, (*int)(k)); err != nil || *k < 1 {
			return fmt.Errorf(`kl_steps is %s: it must be "last", "all" or a number from 1`, text)
		}
	}
	return nil
}

// What a setting in a file may ask for. The widths of a network are held against the arrays of the golden file.
const (
	maxText   = 1 << 16
	maxScales = 16
	maxHidden = 256 // entries
)

func readSetting(path string) (Setting, error) {
	s := Setting{Clamp: true}
	text, err := untrusted.ReadFile(path, maxText)
	if err != nil {
		return s, fmt.Errorf("the setting beside a golden file: %w", err)
	}
	if err := untrusted.JSON(text, &s); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	if s.Scales > maxScales || len(s.Hidden) > maxHidden {
		return s, fmt.Errorf("%s: scales is %d and hidden has %d entries; up to %d and %d are taken", path, s.Scales, len(s.Hidden), maxScales, maxHidden)
	}
	return s, nil
}

func (s Setting) variant() (models.Variant, error) {
	var v models.Variant
	if s.SpectralNorm {
		v.Weights = models.SpectralWeights
	}
	err := v.Norm.UnmarshalText([]byte(s.Norm))
	return v, err
}

// Network is the network of the setting.
func (s Setting) Network() (models.Model, error) {
	variant, err := s.variant()
	if err != nil {
		return nil, err
	}
	switch s.Model {
	case "mnist":
		return models.MNIST{Filters: s.Filters, Variant: variant}, nil
	case "cifar10":
		return models.CIFAR10{Filters: s.Filters, Scales: s.Scales, Attention: s.Attention, Variant: variant}, nil
	case "celeba", "imagenet":
		return models.CelebA{Filters: s.Filters, Scales: s.Scales, Attention: s.Attention, Variant: variant}, nil
	case "levels":
		return models.Levels{Filters: s.Filters, Levels: levels, Variant: variant}, nil
	case "convnet":
		return models.ConvNet{Side: s.Side, Filters: s.Hidden}, nil
	case "mlp":
		return models.MLP{Hidden: s.Hidden}, nil
	}
	return nil, fmt.Errorf(`there is no model %q: there are "mnist", "cifar10", "celeba", "imagenet", "levels", "convnet", "mlp" and `+
		`"residual_block"`, s.Model)
}

// levels are those of a network "levels".
const levels = 3

// Example is the shape of one example: [Channels, ImageSize, ImageSize] of images, [Channels] of points.
func (s Setting) Example() []int {
	if s.ImageSize == 0 {
		return []int{s.Channels}
	}
	return []int{s.Channels, s.ImageSize, s.ImageSize}
}

func (s Setting) chain() samplers.Langevin {
	chain := samplers.Langevin{StepSize: s.StepSize, Noise: s.Noise}
	if s.Clamp {
		chain.Max = 1
	}
	return chain
}

func (s Setting) terms() []losses.Term {
	return []losses.Term{losses.ContrastiveDivergence(1), losses.EnergyL2(s.L2), losses.KLEnergy(s.KLWeight), losses.KLEntropy(s.Entropy)}
}
