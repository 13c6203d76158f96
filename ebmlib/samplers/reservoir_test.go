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

// fill streams samples 0, 1, 2, ... into a reservoir, a batch at a time, and returns the numbers of those in its rows.
func fill(t *testing.T, reservoir samplers.Reservoir, random *rand.Rand, batch, batches int) []int {
	t.Helper()
	rows := slices.Repeat([]int{empty}, reservoir.Rows(batch))
	for seen := 0; seen < batch*batches; seen += batch {
		slots := reservoir.Slots(random, seen, batch)
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
	return rows[:reservoir.Capacity]
}

// Vitter's algorithm R, a sample at a time.
func textbookReservoir(random *rand.Rand, capacity, samples int) []int {
	rows := slices.Repeat([]int{empty}, capacity)
	for sample := range samples {
		row := sample
		if sample >= capacity {
			row = random.IntN(sample + 1)
		}
		if row < capacity {
			rows[row] = sample
		}
	}
	return rows
}

func TestReservoirIsTheTextbooks(t *testing.T) {
	for _, test := range []struct{ capacity, batch, batches int }{{5, 1, 30}, {4, 3, 20}, {3, 8, 10}, {1, 4, 6}, {10, 3, 2}, {10, 3, 9}} {
		for seed := range uint64(50) {
			got := fill(t, samplers.Reservoir{Capacity: test.capacity}, rand.New(rand.NewPCG(seed, 1)), test.batch, test.batches)
			want := textbookReservoir(rand.New(rand.NewPCG(seed, 1)), test.capacity, test.batch*test.batches)
			if !slices.Equal(got, want) {
				t.Fatalf("%+v, seed %d: the rows hold samples %v, the textbook's %v", test, seed, got, want)
			}
		}
	}
}

// After n samples each is in the buffer with probability p = capacity/n. The counts c of the samples over independent runs
// are correlated as samples without replacement are, so that
//
//	Σ (c - runs p)² / (runs p (1-p) n/(n-1))
//
// is chi-square with n-1 degrees of freedom.
func TestReservoirIsUniform(t *testing.T) {
	const capacity, batch, batches, runs = 4, 3, 8, 4000
	const n = batch * batches
	var counts [n]float64
	for seed := range uint64(runs) {
		for _, sample := range fill(t, samplers.Reservoir{Capacity: capacity}, rand.New(rand.NewPCG(seed, 2)), batch, batches) {
			counts[sample]++
		}
	}
	const p = float64(capacity) / n
	var chiSquare float64
	for _, count := range counts {
		chiSquare += (count - runs*p) * (count - runs*p) / (runs * p * (1 - p) * n / (n - 1))
	}
	if quantile := 52.0; chiSquare > quantile { // 0.9995 of 23 degrees of freedom
		t.Errorf("chi-square %.1f above %g: counts %v, each expected %.0f", chiSquare, quantile, counts, runs*p)
	}
}

// Dropped samples go to the scratch rows, each to its own.
func TestSlotsOfDroppedSamples(t *testing.T) {
	const capacity, batch = 2, 5
	reservoir := samplers.Reservoir{Capacity: capacity}
	if rows := reservoir.Rows(batch); rows != capacity+batch {
		t.Errorf("%d rows, want %d", rows, capacity+batch)
	}
	// So late in the stream nearly every sample is dropped.
	slots := reservoir.Slots(rand.New(rand.NewPCG(1, 2)), 1_000_000_000, batch)
	if want := []int32{2, 3, 4, 5, 6}; !slices.Equal(slots, want) {
		t.Errorf("slots %v, want the scratch rows %v", slots, want)
	}
}

func TestReservoirFillsInOrder(t *testing.T) {
	reservoir := samplers.Reservoir{Capacity: 6}
	random := rand.New(rand.NewPCG(1, 2))
	for seen, want := range map[int][]int32{0: {0, 1, 2}, 3: {3, 4, 5}} {
		if slots := reservoir.Slots(random, seen, 3); !slices.Equal(slots, want) {
			t.Errorf("after %d samples: slots %v, want %v", seen, slots, want)
		}
	}
	for seen, want := range map[int]int{0: 0, 3: 3, 6: 6, 100: 6} {
		if got := reservoir.Len(seen); got != want {
			t.Errorf("after %d samples the buffer holds %d, want %d", seen, got, want)
		}
	}
}

func TestChoicesFollowTheSource(t *testing.T) {
	reservoir := samplers.Reservoir{Capacity: 20, Restart: 0.5}
	choices := func(seed uint64) string {
		random := rand.New(rand.NewPCG(seed, 2))
		rows, restart := reservoir.Starts(random, 1000, 16)
		return fmt.Sprint(rows, restart, reservoir.Draw(random, 1000, 16), reservoir.Slots(random, 1000, 16))
	}
	if first, again := choices(1), choices(1); first != again {
		t.Error("one source made two different choices")
	}
	if choices(1) == choices(2) {
		t.Error("two sources made the same choices")
	}
}

func TestAllChainsRestartWhileTheBufferIsEmpty(t *testing.T) {
	rows, restart := samplers.Reservoir{Capacity: 10}.Starts(rand.New(rand.NewPCG(1, 2)), 0, 50)
	if slices.Contains(restart, false) {
		t.Errorf("some chain started from an empty buffer: %v", restart)
	}
	if slices.ContainsFunc(rows, func(row int32) bool { return row != 0 }) {
		t.Errorf("rows %v, want some row there is, 0", rows)
	}
}

func TestRestartsAndRows(t *testing.T) {
	const chains, seen, probability = 20000, 7, 0.1
	reservoir := samplers.Reservoir{Capacity: 10, Restart: probability}
	rows, restart := reservoir.Starts(rand.New(rand.NewPCG(1, 2)), seen, chains)
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
	uniformOver(t, reservoir.Draw(rand.New(rand.NewPCG(3, 4)), seen, chains), seen)
	uniformOver(t, reservoir.Draw(rand.New(rand.NewPCG(5, 6)), 1000, chains), reservoir.Capacity)
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

func TestReservoirCheck(t *testing.T) {
	if err := (samplers.Reservoir{Capacity: 10000, Restart: 0.001}).Check(); err != nil {
		t.Error(err)
	}
	for _, test := range []struct {
		reservoir samplers.Reservoir
		message   string
	}{
		{samplers.Reservoir{}, "capacity is 0"},
		{samplers.Reservoir{Capacity: 1, Restart: -0.1}, "restart probability is -0.1"},
		{samplers.Reservoir{Capacity: 1, Restart: 2}, "restart probability is 2"},
		{samplers.Reservoir{Capacity: 1, Restart: math.NaN()}, "restart probability is NaN"},
	} {
		if err := test.reservoir.Check(); err == nil || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%+v: %v, want one that says %q", test.reservoir, err, test.message)
		}
	}
}
