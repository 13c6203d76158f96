package plots

import (
	"image"
	"os"
	"path/filepath"
	"testing"
)

func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new", "grid.png")
	f := Grid(ramp(2, 1, 8, 8), 2)
	if err := Save(path, f); err != nil {
		t.Fatal(err)
	}
	want, _ := f.PNG()
	if got, err := os.ReadFile(path); err != nil || string(got) != string(want) {
		t.Errorf("the file does not hold the figure's PNG (%v)", err)
	}
}

// An error leaves the file that was there, and nothing beside it.
func TestSaveIsAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "grid.png")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Save(path, Grid(ramp(2, 1, 8, 8), 0)); err == nil {
		t.Error("no error for a figure that cannot be drawn")
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("the file holds %q after an error, want the old content", got)
	}
	if err := Save(path, Grid(ramp(2, 1, 8, 8), 2)); err != nil {
		t.Fatal(err)
	}
	taken := filepath.Join(dir, "taken.png") // a folder cannot be replaced by a file
	if err := os.Mkdir(taken, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Save(taken, Grid(ramp(2, 1, 8, 8), 2)); err == nil {
		t.Error("no error for a path that is a folder")
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 2 {
		t.Errorf("the folder holds %v, want grid.png and taken.png alone", entries)
	}
}

func TestSaveErrors(t *testing.T) {
	if err := Save(filepath.Join(t.TempDir(), "a.jpg"), Grid(ramp(1, 1, 8, 8), 1)); err == nil {
		t.Error("no error for a name that does not end in .png")
	}
	if err := Save(filepath.Join(t.TempDir(), "a.png"), nil); err == nil {
		t.Error("no error for a nil figure")
	}
}

func TestShowShowsNothingOnError(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := Show(Grid(ramp(1, 1, 8, 8), 1), Grid(ramp(1, 1, 8, 8), 0)); err == nil {
		t.Error("no error for a figure that cannot be drawn")
	}
	if _, err := os.Stat("plots"); !os.IsNotExist(err) {
		t.Error("a figure was written although another could not be drawn")
	}
}

func TestShowNumbersFigures(t *testing.T) {
	t.Chdir(t.TempDir())
	f := Histogram("", "", map[string][]float64{"a": {1, 2}})
	if err := Show(f, f, Row(f)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"histogram.png", "histogram-2.png", "row.png"} {
		if _, err := os.Stat(filepath.Join("plots", name)); err != nil {
			t.Error(err)
		}
	}
}

func TestColumn(t *testing.T) {
	small, large := Grid(ramp(1, 1, 8, 8), 1), Grid(ramp(4, 1, 8, 8), 2)
	a, b := render(t, small), render(t, large)
	img := render(t, Column(large, small))
	if got, want := img.Bounds().Size(), image.Pt(b.Bounds().Dx(), a.Bounds().Dy()+b.Bounds().Dy()); got != want {
		t.Fatalf("size %v, want %v", got, want)
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if rgb(img, x, b.Bounds().Dy()+y) != rgb(a, x, y) {
				t.Fatalf("pixel (%d, %d) of the second figure has changed", x, y)
			}
		}
	}
	wantError(t, Column(small, nil), "column", "figure 2")
}

func TestRow(t *testing.T) {
	small, large := Grid(ramp(1, 1, 8, 8), 1), Grid(ramp(4, 1, 8, 8), 2)
	a, b := render(t, small), render(t, large)
	img := render(t, Row(small, large))
	if got, want := img.Bounds().Size(), image.Pt(a.Bounds().Dx()+b.Bounds().Dx(), b.Bounds().Dy()); got != want {
		t.Fatalf("size %v, want %v", got, want)
	}
	for y := range b.Bounds().Dy() {
		for x := range b.Bounds().Dx() {
			if rgb(img, a.Bounds().Dx()+x, y) != rgb(b, x, y) {
				t.Fatalf("pixel (%d, %d) of the second figure has changed", x, y)
			}
		}
	}
	wantError(t, Row(), "no figures")
	wantError(t, Row(small, nil), "figure 2", "nil")
	wantError(t, Row(small, Grid(nil, 1)), "figure 2", "grid")
}
