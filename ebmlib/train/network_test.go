package train

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/layers"
)

// changing is a model whose code is changed.
type changing struct{}

var changingCode func(scope *model.Scope, x *Node) *Node

func (changing) Energy(scope *model.Scope, x, condition *Node) *Node { return changingCode(scope, x) }

func TestCheckpointOfAModelWhoseCodeHasChanged(t *testing.T) {
	two := func(first, second string, width int) func(scope *model.Scope, x *Node) *Node {
		return func(scope *model.Scope, x *Node) *Node {
			return layers.Linear(scope.At("%s", second), Square(layers.Linear(scope.At("%s", first), x, width)), 1)
		}
	}
	config, dir := tinyPoints(), t.TempDir()
	config.Model, config.Guard.MaxEnergy = changing{}, 1e6
	changingCode = two("a", "b", 16)
	run := trained(t, dir, config, eightGaussians(), 1)
	for name, test := range map[string]struct {
		code  func(scope *model.Scope, x *Node) *Node
		words []string
	}{
		"renamed": {two("a", "c", 16), []string{"it lacks c/bias, it lacks c/weight", "the model has no b/bias, the model has no b/weight"}},
		"wider":   {two("a", "b", 32), []string{"its a/weight is (Float32)[16, 2], the model's (Float32)[32, 2]"}},
		"shorter": {func(scope *model.Scope, x *Node) *Node { return layers.Linear(scope.At("a"), x, 16) }, []string{"the model has no b/bias"}},
		"broken":  {func(*model.Scope, *Node) *Node { panic("no such layer") }, []string{"no such layer"}},
	} {
		t.Run(name, func(t *testing.T) {
			changingCode = test.code
			_, err := Open(dir, config)
			requireError(t, err, append(test.words, dir, "train.changing")...)
		})
	}
	changingCode = two("a", "b", 16)
	requireSame(t, mustOpen(t, dir, config), run)
}
