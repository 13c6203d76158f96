package samplers_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"ebm/ebmlib/samplers"
)

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
			got := fill(t, samplers.Replay{Capacity: test.capacity}, rand.New(rand.NewPCG(seed, 1)), test.batch, test.batches)
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
		for _, sample := range fill(t, samplers.Replay{Capacity: capacity}, rand.New(rand.NewPCG(seed, 2)), batch, batches) {
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
	reservoir := samplers.Replay{Capacity: capacity}
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
	reservoir := samplers.Replay{Capacity: 6}
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
