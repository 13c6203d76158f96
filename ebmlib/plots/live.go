package plots

import (
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Live is a figure in a notebook that follows a run: a picture under the cell
// that is replaced, in its place, while the cell goes on. The last one stays in
// the saved notebook. Outside a notebook it does nothing.
//
//	live := plots.NewLive()
//	for step := range steps {
//		...
//		live.Update(func() plots.Figure { return plots.EnergyCurves(metrics) })
//	}
//	live.Finish(plots.EnergyCurves(metrics))
//
// Its methods may be called from several goroutines.
type Live struct {
	id      string         // of the picture
	drawing sync.WaitGroup // the drawing in the background, of which there is at most one

	mu   sync.Mutex
	next time.Time // no drawing starts before
	busy bool
}

// livePause lies between the end of a drawing and the start of the next.
const livePause = 2 * time.Second

// NewLive returns a live figure, which appears with the first Update.
func NewLive() *Live { return &Live{id: "live-" + gonbui.UniqueId()} }

// Update offers a figure and returns at once. It is made, and drawn in the
// background, if none is being drawn and the last was two seconds ago; otherwise
// it is passed over, since the next one will show more.
func (l *Live) Update(figure func() Figure) {
	if !InNotebook() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy || time.Now().Before(l.next) {
		return
	}
	l.busy = true
	f := figure() // Here, as what it shows may change while it is drawn.
	l.drawing.Go(func() {
		l.draw(f)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.busy, l.next = false, time.Now().Add(livePause)
	})
}

// Finish draws the last state, after the drawing that may be under way.
func (l *Live) Finish(f Figure) {
	if !InNotebook() {
		return
	}
	l.drawing.Wait()
	l.draw(f)
	gonbui.Sync()
}

// draw puts the figure, or what keeps it from being drawn, in the picture's place.
func (l *Live) draw(f Figure) {
	data := make(map[protocol.MIMEType]any)
	if png, err := encode(f); err != nil {
		data[protocol.MIMETextPlain] = err.Error()
	} else {
		data[protocol.MIMEImagePNG] = png
	}
	gonbui.SendData(&protocol.DisplayData{Data: data, DisplayID: l.id})
}
