package golden

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"ebm/ebmlib/losses"
	"ebm/ebmlib/models"
	"ebm/ebmlib/samplers"
)

// Setting is what stands in the .json beside a golden file.
type Setting struct {
	Model        string  `json:"model"` // "mnist", "cifar10", "celeba", "imagenet" or "residual_block"
	Filters      int     `json:"filters"`
	Scales       int     `json:"scales"`
	Attention    bool    `json:"attention"`
	Norm         string  `json:"norm"` // as models.Norm has it
	SpectralNorm bool    `json:"spectral_norm"`
	Downsample   bool    `json:"downsample"` // of a residual block
	Conditions   int     `json:"conditions"` // width of the one-hot labels; 0 without
	Steps        int     `json:"steps"`
	StepSize     float64 `json:"step_size"`
	Noise        float64 `json:"noise"`
	KLSteps      klSteps `json:"kl_steps"` // "last", "all", or a number
	KLWeight     float64 `json:"kl_weight"`
	Entropy      float64 `json:"entropy_weight"`
	L2           float64 `json:"l2_weight"`
}

// klSteps is the number of last steps that the KL term is differentiated through.
type klSteps int

const allSteps klSteps = -1

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

func readSetting(path string) (Setting, error) {
	var s Setting
	text, err := os.ReadFile(path)
	if err != nil {
		return s, fmt.Errorf("the setting beside a golden file: %w", err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func (s Setting) variant() (models.Variant, error) {
	v := models.Variant{SpectralNorm: s.SpectralNorm}
	err := v.Norm.UnmarshalText([]byte(s.Norm))
	return v, err
}

func (s Setting) network() (models.Model, error) {
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
	}
	return nil, fmt.Errorf(`there is no model %q: there are "mnist", "cifar10", "celeba", "imagenet" and "residual_block"`, s.Model)
}

func (s Setting) chain() samplers.Langevin {
	return samplers.Langevin{StepSize: s.StepSize, Noise: s.Noise, Max: 1}
}

func (s Setting) terms() []losses.Term {
	return []losses.Term{losses.ContrastiveDivergence(1), losses.EnergyL2(s.L2), losses.KLEnergy(s.KLWeight), losses.KLEntropy(s.Entropy)}
}
