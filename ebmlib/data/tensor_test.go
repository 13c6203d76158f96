package data_test

import (
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"ebm/ebmlib/data"
)

func TestExamples(t *testing.T) {
	set := &data.Set{Name: "two", Shape: []int{1, 1, 2}, Bytes: []uint8{0, 51, 102, 255}}
	x, err := set.Examples(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := tensors.MustCopyFlatData[float32](x); got[0] != 0.4 || got[1] != 1 {
		t.Errorf("second image is %v, want [0.4 1]", got)
	}
	if dims := x.Shape().Dimensions; len(dims) != 4 || dims[0] != 1 || dims[3] != 2 {
		t.Errorf("shape %v, want [1 1 1 2]", dims)
	}
	for _, bad := range [][2]int{{1, 2}, {-1, 1}, {0, 0}} {
		if _, err := set.Examples(bad[0], bad[1]); err == nil || !strings.Contains(err.Error(), "two") {
			t.Errorf("Examples(%d, %d): error %v, want one that names the set", bad[0], bad[1], err)
		}
	}
}
