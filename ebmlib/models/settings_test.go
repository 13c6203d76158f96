package models_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"ebm/ebmlib/backends/backendtest"
	"ebm/ebmlib/models"
)

func TestFromJSONGivesTheNetworkBack(t *testing.T) {
	for _, test := range networks {
		settings, err := json.Marshal(test.network)
		if err != nil {
			t.Fatal(err)
		}
		back, err := models.FromJSON(fmt.Sprintf("%T", test.network), settings)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(back, test.network) {
			t.Errorf("%#v came back as %#v", test.network, back)
		}
	}
}

func TestFromJSONRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		typeName, settings string
		parts              []string
	}{
		"another's type":  {"mine.Net", `{}`, []string{"mine.Net", "models.CIFAR10, models.CelebA, models.ConvNet, models.Ensemble, models.Levels, models.MLP, models.MNIST, models.MultiScale", "the program that defines it"}},
		"unknown setting": {"models.MNIST", `{"Filters": 2, "Depth": 3}`, []string{"models.MNIST", "Depth"}},
		"unknown norm":    {"models.MNIST", `{"Filters": 2, "Norm": "batch"}`, []string{"norm", "batch", "instance_or_group, layer, none"}},
		"unknown weights": {"models.MNIST", `{"Filters": 2, "Weights": "white"}`, []string{"weights", "white", "standardized, spectral, plain"}},
		"wrong settings":  {"models.MNIST", `{"Filters": "many"}`, []string{"models.MNIST", "Filters"}},
		"no JSON":         {"models.MLP", `{"Hidden": [`, []string{"models.MLP"}},
	} {
		t.Run(name, func(t *testing.T) {
			network, err := models.FromJSON(test.typeName, []byte(test.settings))
			if err == nil {
				t.Fatalf("no error but %#v", network)
			}
			for _, part := range test.parts {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error %q lacks %q", err, part)
				}
			}
		})
	}
}

func TestSettingsThatMakeNoNetworkAreRefused(t *testing.T) {
	for _, test := range []struct {
		network   models.Model
		condition bool
		parts     []string
	}{
		{models.MLP{}, false, []string{"models.MLP", "Hidden is empty", "MLP{Hidden:"}},
		{models.ConvNet{Side: 1}, false, []string{"models.ConvNet", "Filters []", "ConvNet{Side:"}},
		{models.ConvNet{Filters: []int{4}}, false, []string{"models.ConvNet", "Side is 0", "ConvNet{Side:"}},
		{models.MNIST{}, false, []string{"models.MNIST", "Filters is 0", "64"}},
		{models.CIFAR10{Filters: 2, Scales: 1}, true, []string{"models.CIFAR10", "condition", "[2, 10]"}},
		{models.MNIST{Filters: 2, Variant: models.Variant{Norm: 7}}, false, []string{"no norm 7"}},
		{models.MNIST{Filters: 2, Variant: models.Variant{Weights: 7}}, false, []string{"no weights 7"}},
		{models.MNIST{Filters: 2, Variant: models.Variant{Output: 7}}, false, []string{"no output 7"}},
		{models.CIFAR10{Scales: 3}, false, []string{"models.CIFAR10", "Filters is 0", "64"}},
		{models.CIFAR10{Filters: 2}, false, []string{"models.CIFAR10", "Scales is 0", "3"}},
		{models.CIFAR10{Filters: 2, Scales: 1, Attention: true}, false, []string{"SelfAttention", "at least 8"}},
		{models.CelebA{Filters: 3, Scales: 1}, false, []string{"models.CelebA", "Filters is 3", "even"}},
		{models.Levels{Filters: 4}, false, []string{"models.Levels", "Levels 0", "Levels{Filters:"}},
		{models.MultiScale{Network: models.MNIST{Filters: 2}}, false, []string{"models.MultiScale", "Scales is 0", "MultiScale{Scales:"}},
		{models.MultiScale{Scales: 3}, false, []string{"models.MultiScale", "Network <nil>", "MultiScale{Scales:"}},
		{models.Ensemble{Member: models.MLP{Hidden: []int{2}}}, false, []string{"models.Ensemble", "Members is 0", "Ensemble{Members:"}},
	} {
		t.Run(fmt.Sprintf("%T %v", test.network, test.network), func(t *testing.T) {
			engine := backendtest.Go(t)
			g := NewGraph(engine.Backend, "refused")
			x := Zeros(g, shapes.Make(dtypes.Float32, 1, 1, 8, 8))
			var condition *Node
			if test.condition {
				condition = Zeros(g, shapes.Make(dtypes.Float32, 2, 10))
			}
			err := exceptions.TryCatch[error](func() { test.network.Energy(model.NewStore().RootScope(), x, condition) })
			if err == nil {
				t.Fatal("no panic")
			}
			for _, part := range test.parts {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the message %q lacks %q", err, part)
				}
			}
		})
	}
}
