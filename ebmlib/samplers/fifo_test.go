package samplers_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"ebm/ebmlib/samplers"
)

// The buffer holds the latest samples, whatever the batches they came in; before it is full, all.
func TestFIFOHoldsTheLatest(t *testing.T) {
	for _, test := range []struct{ capacity, batch, batches int }{{5, 1, 30}, {5, 3, 1}, {4, 3, 20}, {3, 8, 10}, {3, 8, 1}, {1, 4, 6}, {10, 3, 2}} {
		held := fill(t, samplers.Replay{Capacity: test.capacity, FIFO: true}, rand.New(rand.NewPCG(1, 2)), test.batch, test.batches)
		held = slices.DeleteFunc(held, func(sample int) bool { return sample == empty })
		slices.Sort(held)
		samples := test.batch * test.batches
		var want []int
		for sample := max(0, samples-test.capacity); sample < samples; sample++ {
			want = append(want, sample)
		}
		if !slices.Equal(held, want) {
			t.Errorf("%+v: it holds samples %v, want %v", test, held, want)
		}
	}
}

// Rows are written in turn, the oldest overwritten first.
func TestFIFOSlots(t *testing.T) {
	replay := samplers.Replay{Capacity: 5, FIFO: true}
	for seen, want := range map[int][]int32{0: {0, 1, 2}, 3: {3, 4, 0}, 6: {1, 2, 3}} {
		if slots := replay.Slots(rand.New(rand.NewPCG(1, 2)), seen, 3); !slices.Equal(slots, want) {
			t.Errorf("after %d samples: slots %v, want %v", seen, slots, want)
		}
	}
}
