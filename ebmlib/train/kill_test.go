package train

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"
)

// killedRun names the directory of the run that a process which TestKilled has started is to train.
const killedRun = "EBM_TEST_KILLED_RUN"

const (
	kills       = 100
	killedSteps = 300
)

// A training that is killed at any moment, while it saves too, again and again, ends as one that never was.
func TestKilled(t *testing.T) {
	config, set := tinyPoints(), eightGaussians()
	config.Adam.LearningRate = 1e-4 // So small a network would diverge within so many steps.
	if dir := os.Getenv(killedRun); dir != "" {
		run := mustOpen(t, dir, config)
		run.SaveEvery = time.Millisecond // It saves nearly always.
		mustTrain(t, run, set, killedSteps)
		return
	}
	unbroken := trained(t, t.TempDir(), config, set, killedSteps)
	random := rand.New(rand.NewPCG(1, 1))
	killed, ended := 0, 0
	for dir := t.TempDir(); killed < kills; {
		process := exec.Command(os.Args[0], "-test.run", "^TestKilled$")
		process.Env = append(os.Environ(), killedRun+"="+dir)
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		wait := make(chan error, 1)
		go func() { wait <- process.Wait() }()
		select {
		case err := <-wait:
			if err != nil {
				t.Fatalf("a training that was killed %d times goes on no more: %v", killed, err)
			}
			ended++
			requireSame(t, mustOpen(t, dir, config), unbroken)
			dir = t.TempDir()
		case <-time.After(time.Duration(random.IntN(400)) * time.Millisecond):
			process.Process.Kill()
			<-wait
			killed++
		}
	}
	t.Logf("killed %d times, in %d trainings that then ended whole", killed, ended)
	if ended == 0 {
		t.Error("no training came to its end")
	}
}
