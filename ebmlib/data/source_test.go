package data

import (
	"slices"
	"testing"
)

// labelledImages is three images of 1 x 2 with classes and an attribute.
func labelledImages() *Set {
	return &Set{
		Name: "images", Shape: []int{1, 1, 2}, Bytes: []uint8{0, 1, 10, 11, 20, 21},
		Labels: []int32{1, 0, 1}, Classes: []string{"cat", "dog"},
		Attributes: []Attribute{{"size", []string{"small", "middle", "large"}, []int32{2, 1, 0}}},
	}
}

func TestInfoDescribesASet(t *testing.T) {
	info := labelledImages().Info()
	if info.Name != "images" || !slices.Equal(info.Shape, []int{1, 1, 2}) || !info.Images || info.Examples != 3 ||
		!slices.Equal(info.Classes, []string{"cat", "dog"}) {
		t.Errorf("images: %+v", info)
	}
	info = (&Set{Name: "points", Shape: []int{2}, Floats: make([]float32, 8)}).Info()
	if info.Images || info.Examples != 4 || info.Classes != nil {
		t.Errorf("points: %+v", info)
	}
}

func TestSetReadGivesTheRowsInTheirOrder(t *testing.T) {
	set := labelledImages()
	got, err := set.Read([]int{2, 0, 2})
	ok(t, err)
	ok(t, got.Check())
	if !slices.Equal(got.Bytes, []uint8{20, 21, 0, 1, 20, 21}) || !slices.Equal(got.Labels, []int32{1, 1, 1}) ||
		!slices.Equal(got.Classes, set.Classes) || !slices.Equal(got.Shape, set.Shape) || got.Name != set.Name {
		t.Errorf("read %+v", got)
	}
	if a := got.Attributes[0]; a.Name != "size" || len(a.Classes) != 3 || !slices.Equal(a.Labels, []int32{0, 2, 0}) {
		t.Errorf("read the attribute %+v", a)
	}

	points := &Set{Name: "points", Shape: []int{2}, Floats: []float32{1, 2, 3, 4}}
	got, err = points.Read([]int{1})
	ok(t, err)
	if !slices.Equal(got.Floats, []float32{3, 4}) || got.Labels != nil || got.Bytes != nil {
		t.Errorf("read %+v", got)
	}
}

func TestSetReadCopies(t *testing.T) {
	set := labelledImages()
	got, err := set.Read([]int{0, 1, 2})
	ok(t, err)
	got.Bytes[0], got.Labels[0], got.Attributes[0].Labels[0] = 99, 0, 0
	if set.Bytes[0] != 0 || set.Labels[0] != 1 || set.Attributes[0].Labels[0] != 2 {
		t.Error("changing what was read changed the set")
	}
}

func TestSetReadNamesWhatIsWrong(t *testing.T) {
	for _, row := range []int{-1, 3} {
		_, err := labelledImages().Read([]int{0, row})
		expectError(t, err, "images", "from 0 to 2")
	}
	set := labelledImages()
	set.Labels = set.Labels[:1]
	_, err := set.Read([]int{2})
	expectError(t, err, `"images"`, "1 labels", "3 examples")
	_, err = (&Set{Name: "nothing"}).Read(nil)
	expectError(t, err, `"nothing"`, "is empty")
}

// countdown is a source whose example i is the point 10 i.
type countdown struct{ examples int }

func (c countdown) Info() Info { return Info{Name: "countdown", Shape: []int{1}, Examples: c.examples} }

func (c countdown) Read(rows []int) (*Set, error) {
	set := &Set{Name: "countdown", Shape: []int{1}}
	for _, row := range rows {
		set.Floats = append(set.Floats, float32(10*row))
	}
	return set, nil
}

func TestLoadBringsEveryExample(t *testing.T) {
	got, err := Load(countdown{4})
	ok(t, err)
	if !slices.Equal(got.Floats, []float32{0, 10, 20, 30}) {
		t.Errorf("loaded %v", got.Floats)
	}
	set := labelledImages()
	got, err = Load(set)
	ok(t, err)
	if got != set {
		t.Error("a set was copied")
	}
}

func TestByLabelsByAnAttribute(t *testing.T) {
	set := labelledImages()
	got, err := set.By("size")
	ok(t, err)
	ok(t, got.Check())
	if !slices.Equal(got.Labels, []int32{2, 1, 0}) || !slices.Equal(got.Classes, []string{"small", "middle", "large"}) ||
		!slices.Equal(got.Bytes, set.Bytes) {
		t.Errorf("by size: %+v", got)
	}
	if !slices.Equal(set.Labels, []int32{1, 0, 1}) {
		t.Errorf("the set itself now has labels %v", set.Labels)
	}
	_, err = set.By("sise")
	expectError(t, err, "images", `"sise"`, "it has size")
	_, err = (&Set{Name: "plain"}).By("size")
	expectError(t, err, "plain", `"size"`, "it has none")
}
