package train

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// trainAgainst trains a run whose saving is made to fail by harm, called when the second window of examples is read, and which mend mends once
// standard error says that nothing is saved. It gives what standard error said.
func trainAgainst(t *testing.T, run *Run, steps int, harm, mend func() error) string {
	t.Helper()
	var mended chan error
	said := stderrOf(t, func() {
		stderr := os.Stderr.Name()
		source := &noted{stream: stream{eightGaussians()}, before: func(reading int) {
			if reading != 2 {
				return
			}
			if err := harm(); err != nil {
				t.Error(err)
			}
			mended = make(chan error)
			go func() {
				for range time.Tick(5 * time.Millisecond) {
					if text, err := os.ReadFile(stderr); err != nil || strings.Contains(string(text), "IS NOT SAVED") {
						mended <- mend()
						return
					}
				}
			}()
		}}
		run.SaveEvery = 20 * time.Millisecond
		if err := run.Train(source, steps); err != nil {
			t.Error(err)
		}
	})
	if mended == nil {
		t.Fatal("the training was not harmed")
	}
	if err := <-mended; err != nil {
		t.Fatal(err)
	}
	return said
}

// A disk that can't be written to ends no training: it says so, tries again, and in the end all is there.
func TestSavingFails(t *testing.T) {
	config, dir := tinyPoints(), t.TempDir()
	unbroken := trained(t, t.TempDir(), config, eightGaussians(), 3*windowSteps)
	run := mustOpen(t, dir, config)
	folder := filepath.Join(dir, checkpointsFolder)
	said := trainAgainst(t, run, 3*windowSteps, func() error {
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
		return os.WriteFile(folder, []byte("in the way"), 0o666)
	}, func() error { return os.Remove(folder) })
	for _, words := range []string{"RUN " + dir + " IS NOT SAVED", folder, "tried"} {
		if !strings.Contains(said, words) {
			t.Errorf("standard error doesn't say %q: %s", words, said)
		}
	}
	requireSame(t, run, unbroken)
	requireSame(t, mustOpen(t, dir, config), unbroken)
}

// Examples that can't be read end the training, which keeps the steps that it made.
func TestSourceFails(t *testing.T) {
	dir := t.TempDir()
	run := mustOpen(t, dir, tinyPoints())
	source := &failing{stream{eightGaussians()}, 2}
	requireError(t, run.Train(source, 3*windowSteps), "not to be read")
	again := mustOpen(t, dir, tinyPoints())
	if again.Step() != 2*windowSteps {
		t.Fatalf("opened at step %d, want %d", again.Step(), 2*windowSteps)
	}
	requireSame(t, trained(t, dir, tinyPoints(), eightGaussians(), 3*windowSteps), trained(t, t.TempDir(), tinyPoints(), eightGaussians(), 3*windowSteps))
}

func TestDirectoryVanishes(t *testing.T) {
	config, dir := tinyPoints(), filepath.Join(t.TempDir(), "run")
	unbroken := trained(t, t.TempDir(), config, eightGaussians(), 3*windowSteps)
	run := mustOpen(t, dir, config)
	source := &noted{stream: stream{eightGaussians()}, before: func(reading int) {
		if reading == 2 {
			os.RemoveAll(dir)
		}
	}}
	said := stderrOf(t, func() { mustTrain(t, run, source, 3*windowSteps) })
	if !strings.Contains(said, "vanished") {
		t.Errorf("standard error doesn't say that the directory vanished: %s", said)
	}
	requireSame(t, mustOpen(t, dir, config), unbroken)
}

// In a directory made anew the run is this process's alone, as it was before.
func TestLockVanishes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	run := mustOpen(t, dir, tinyPoints())
	run.SaveEvery = time.Nanosecond // after every step
	var busy error
	mustTrain(t, run, &noted{stream: stream{eightGaussians()}, before: func(reading int) {
		switch reading {
		case 2:
			os.RemoveAll(dir)
		case 4:
			_, busy = lock(dir)
		}
	}}, 4*windowSteps)
	requireError(t, busy, "is being trained", "process "+strconv.Itoa(os.Getpid()))
	l, err := lock(dir) // Afterwards it is free.
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

// Of a run that another process begins where the directory was, nothing is written over.
func TestAnotherRunWhereTheDirectoryWas(t *testing.T) {
	folder := t.TempDir()
	dir, other := filepath.Join(folder, "run"), filepath.Join(folder, "other")
	run := mustOpen(t, dir, tinyPoints())
	trained(t, other, tinyPoints(), eightGaussians(), 2)
	var before map[string]string
	said := stderrOf(t, func() {
		stderr, ended := os.Stderr.Name(), make(chan struct{})
		defer close(ended)
		err := run.Train(&noted{stream: stream{eightGaussians()}, before: func(reading int) {
			if reading != 2 {
				return
			}
			if err := errors.Join(os.Rename(dir, dir+" as it was"), os.Rename(other, dir)); err != nil {
				t.Error(err)
			}
			before = contents(t, dir)
			go func() { // Once it can't save at the end, it is told to give up.
				for range time.Tick(5 * time.Millisecond) {
					select {
					case <-ended:
						return
					default:
					}
					if text, _ := os.ReadFile(stderr); strings.Contains(string(text), "Its training has ended") {
						syscall.Kill(os.Getpid(), syscall.SIGTERM)
						time.Sleep(time.Second)
					}
				}
			}()
		}}, 3*windowSteps)
		requireError(t, err, dir, "step 2", "open it again")
	})
	if !strings.Contains(said, "IS NOT SAVED") {
		t.Errorf("standard error doesn't say that nothing is saved: %s", said)
	}
	before[filepath.Join(dir, lockFile)] = string(readFile(t, dir, lockFile)) // It says who tried last.
	requireContents(t, dir, before)
}

// On a full disk the metrics and the checkpoint wait until there is room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("ebm-test", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("no disk of 256 kB can be made here: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH) // A file of it that is still open must not keep the folder from being removed.
	config, filler := tinyPoints(), filepath.Join(dir, "filler")
	unbroken := trained(t, t.TempDir(), config, eightGaussians(), 20*windowSteps)
	run := mustOpen(t, filepath.Join(dir, "run"), config)
	said := trainAgainst(t, run, 20*windowSteps, func() error {
		// All of it, to the last block.
		file, err := os.Create(filler)
		if err != nil {
			return err
		}
		defer file.Close()
		for {
			if _, err := file.Write(make([]byte, 4096)); err != nil {
				return nil
			}
		}
	}, func() error { return os.Remove(filler) })
	if !strings.Contains(said, "no space left on device") || !strings.Contains(said, "Make room") {
		t.Errorf("standard error doesn't say that the disk is full: %s", said)
	}
	t.Log(said)
	requireSame(t, run, unbroken)
	requireSame(t, mustOpen(t, run.Dir, config), unbroken)
}
