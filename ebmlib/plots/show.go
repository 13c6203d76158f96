package plots

import (
	"fmt"
	"path/filepath"
	"sync"

	"github.com/janpfeifer/gonb/gonbui"
)

// InNotebook reports whether the program runs as a cell of a GoNB notebook.
func InNotebook() bool { return gonbui.IsNotebook }

// Show displays the figures one below the other under the notebook's cell.
//
// Outside a notebook it writes each as plots/NAME.png in the working directory
// and prints the path; NAME tells the kind of figure, with a number from the
// second of a kind on. A later run of the program replaces them: [Save] keeps
// a figure under a path of your choice.
//
// Every figure is drawn before the first is shown, so an error shows none.
func Show(figures ...Figure) error {
	pngs := make([][]byte, len(figures))
	for i, f := range figures {
		var err error
		if pngs[i], err = encode(f); err != nil {
			return err
		}
	}
	for i, png := range pngs {
		if InNotebook() {
			gonbui.DisplayPng(png)
			continue
		}
		path := nextPath(figures[i])
		if err := writeFile(path, png); err != nil {
			return err
		}
		fmt.Println(path)
	}
	return flush()
}

// flush waits until the notebook has all that was sent to it: a cell's program
// that ends earlier takes what is on the way with it.
func flush() error {
	if !InNotebook() {
		return nil
	}
	gonbui.Sync()
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("plots: cannot display in the notebook: %w", err)
	}
	return nil
}

// shown counts the figures of each name that this program wrote.
var shown = struct {
	sync.Mutex
	count map[string]int
}{count: map[string]int{}}

// nextPath returns where Show writes a figure.
func nextPath(f Figure) string {
	name := "figure"
	if own, ok := f.(figure); ok {
		name = own.name
	}
	shown.Lock()
	defer shown.Unlock()
	shown.count[name]++
	if n := shown.count[name]; n > 1 {
		name = fmt.Sprintf("%s-%d", name, n)
	}
	return filepath.Join("plots", name+".png")
}
