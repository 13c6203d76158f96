package train

import (
	"errors"
	"os"
	"strconv"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"ebm/ebmlib/data"
)

// noted is a source that calls a function before each reading.
type noted struct {
	stream
	before func(reading int)

	readings int
}

func (n *noted) Read(rows []int) (*data.Set, error) {
	n.readings++
	n.before(n.readings)
	return n.stream.Read(rows)
}

// failing is a source of which so many readings succeed.
type failing struct {
	stream
	readings int
}

func (f *failing) Read(rows []int) (*data.Set, error) {
	if f.readings == 0 {
		return nil, errors.New("not to be read")
	}
	f.readings--
	return f.stream.Read(rows)
}

// While a run is trained nobody else trains it or changes its weights; anybody may open it, and train it afterwards.
func TestTwoTrainings(t *testing.T) {
	config, set, dir := tinyPoints(), eightGaussians(), t.TempDir()
	first := trained(t, dir, config, set, 1)
	second := mustOpen(t, dir, config)

	begun, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		ended <- first.Train(&noted{stream: stream{set}, before: func(reading int) {
			if reading == 1 {
				close(begun)
				<-goOn
			}
		}}, 5)
	}()
	<-begun
	requireError(t, second.Train(set, 5), dir, "is being trained", "process "+strconv.Itoa(os.Getpid()), "another directory")
	weights, err := second.Weights()
	if err != nil {
		t.Fatal(err)
	}
	_, err = second.SetWeights(weights)
	requireError(t, err, dir, "is being trained")
	if step := mustOpen(t, dir, config).Step(); step != 1 {
		t.Errorf("opened meanwhile it is at step %d, want 1", step)
	}
	close(goOn)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}

	// What was opened before then is behind.
	requireError(t, second.Train(set, 9), dir, "step 5", "step 1", "open it again")
	requireSame(t, trained(t, dir, config, set, 6), trained(t, t.TempDir(), config, set, 6))
}

// What another process saves while a run is being opened is not in it.
func TestSavedWhileOpened(t *testing.T) {
	config, set, dir := tinyPoints(), eightGaussians(), t.TempDir()
	trained(t, dir, config, set, 1)
	run, err := load(dir, func(dir string) (*model.Store, int, error) {
		store, step, err := loadNewest(dir)
		trained(t, dir, config, set, 2)
		return store, step, err
	})
	if err != nil {
		t.Fatal(err)
	}
	requireError(t, run.Train(set, 3), dir, "step 2", "step 1", "open it again")
}
