package train

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/layers"
)

// well is a model of one's own, E(x) = Depth · Linear(x²).
type well struct {
	Depth float64
}

func (w well) Energy(scope *model.Scope, x, condition *Node) *Node {
	return MulScalar(layers.Linear(scope.At("bowl"), Square(x), 1), w.Depth)
}

func TestModelOfOnesOwn(t *testing.T) {
	config, set, dir := tinyPoints(), eightGaussians(), t.TempDir()
	config.Model, config.Guard.MaxEnergy = well{Depth: 0.5}, 1000
	unbroken := trained(t, t.TempDir(), config, set, 4)

	trained(t, dir, config, set, 2)
	requireSame(t, trained(t, dir, config, set, 4), unbroken)

	_, err := Load(dir)
	requireError(t, err, dir, "train.well", "models.MLP", "the program that defines it")

	config.Model = well{Depth: 2}
	_, err = Open(dir, config)
	requireError(t, err, dir, "model.settings.Depth: there 0.5, asked for 2")
}

func TestTermOfOnesOwn(t *testing.T) {
	config, set, dir := tinyPoints(), eightGaussians(), t.TempDir()
	config.Terms = append(config.Terms, config.Terms[0])
	last := &config.Terms[len(config.Terms)-1]
	last.Name, last.Weight = "own \x07 \"λ<\" \x7f\n", 0
	run := trained(t, dir, config, set, 2)
	for i, value := range run.Metrics()[last.Name] {
		if value != run.Metrics()["cd"][i] {
			t.Errorf("step %d: the term is %g, want that of cd, %g", i+1, value, run.Metrics()["cd"][i])
		}
	}
	requireSame(t, mustOpen(t, dir, config), run)
	_, err := Load(dir)
	requireError(t, err, dir, `"own `, "the program that defines it")
}
