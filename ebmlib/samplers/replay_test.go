package samplers_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"ebm/ebmlib/samplers"
)

const empty = -1

// fill streams samples 0, 1, 2, ... into a buffer, a batch at a time, and returns the numbers of those in its rows.
func fill(t *testing.T, replay samplers.Replay, random *rand.Rand, batch, batches int) []int {
	t.Helper()
	rows := slices.Repeat([]int{empty}, replay.Rows(batch))
	for seen := 0; seen < batch*batches; seen += batch {
		slots := replay.Slots(random, seen, batch)
		if len(slots) != batch {
			t.Fatalf("%d slots for a batch of %d", len(slots), batch)
		}
		written := make(map[int32]bool)
		for i, slot := range slots {
			if slot < 0 || int(slot) >= len(rows) {
				t.Fatalf("slot %d of %d rows", slot, len(rows))
			}
			if written[slot] {
				t.Fatalf("slots %v are not all different", slots)
			}
			written[slot] = true
			rows[slot] = seen + i
		}
	}
	return rows[:replay.Capacity]
}

func TestChoicesFollowTheSource(t *testing.T) {
	replay := samplers.Replay{Capacity: 20, Restart: 0.5}
	choices := func(seed uint64) string {
		random := rand.New(rand.NewPCG(seed, 2))
		rows, restart := replay.Starts(random, 1000, 16)
		return fmt.Sprint(rows, restart, replay.Draw(random, 1000, 16), replay.Slots(random, 1000, 16))
	}
	if first, again := choices(1), choices(1); first != again {
		t.Error("one source made two different choices")
	}
	if choices(1) == choices(2) {
		t.Error("two sources made the same choices")
	}
}

func TestAllChainsRestartWhileTheBufferIsEmpty(t *testing.T) {
	rows, restart := samplers.Replay{Capacity: 10}.Starts(rand.New(rand.NewPCG(1, 2)), 0, 50)
	if slices.Contains(restart, false) {
		t.Errorf("some chain started from an empty buffer: %v", restart)
	}
	if slices.ContainsFunc(rows, func(row int32) bool { return row != 0 }) {
		t.Errorf("rows %v, want some row there is, 0", rows)
	}
}

func TestRestartsAndRows(t *testing.T) {
	const chains, seen, probability = 20000, 7, 0.1
	replay := samplers.Replay{Capacity: 10, Restart: probability}
	rows, restart := replay.Starts(rand.New(rand.NewPCG(1, 2)), seen, chains)
	var restarts float64
	for _, r := range restart {
		if r {
			restarts++
		}
	}
	if spread := math.Sqrt(chains * probability * (1 - probability)); math.Abs(restarts-chains*probability) > 4*spread {
		t.Errorf("%g of %d chains restart, want %g ± %.0f", restarts, chains, chains*probability, spread)
	}
	uniformOver(t, rows, seen)
	uniformOver(t, replay.Draw(rand.New(rand.NewPCG(3, 4)), seen, chains), seen)
	uniformOver(t, replay.Draw(rand.New(rand.NewPCG(5, 6)), 1000, chains), replay.Capacity)
}

// uniformOver checks that rows are uniform over 0..n-1, each count within four standard deviations.
func uniformOver(t *testing.T, rows []int32, n int) {
	t.Helper()
	counts := make([]int, n)
	for _, row := range rows {
		if row < 0 || int(row) >= n {
			t.Fatalf("row %d, want one of %d", row, n)
		}
		counts[row]++
	}
	p := 1 / float64(n)
	expected, spread := float64(len(rows))*p, math.Sqrt(float64(len(rows))*p*(1-p))
	for row, count := range counts {
		if math.Abs(float64(count)-expected) > 4*spread {
			t.Errorf("row %d was chosen %d times, want %.0f ± %.0f", row, count, expected, spread)
		}
	}
}

func TestReplayCheck(t *testing.T) {
	if err := (samplers.Replay{Capacity: 10000, Restart: 0.001}).Check(); err != nil {
		t.Error(err)
	}
	for _, test := range []struct {
		replay  samplers.Replay
		message string
	}{
		{samplers.Replay{}, "capacity is 0"},
		{samplers.Replay{Capacity: 1, Restart: -0.1}, "restart probability is -0.1"},
		{samplers.Replay{Capacity: 1, Restart: 2}, "restart probability is 2"},
		{samplers.Replay{Capacity: 1, Restart: math.NaN()}, "restart probability is NaN"},
	} {
		if err := test.replay.Check(); err == nil || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%+v: %v, want one that says %q", test.replay, err, test.message)
		}
	}
}
