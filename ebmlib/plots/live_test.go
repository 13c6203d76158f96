package plots

import (
	"encoding/gob"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// counted counts how often it is drawn.
type counted struct {
	Figure
	drawn *int
}

func (c counted) PNG() ([]byte, error) {
	*c.drawn++
	return c.Figure.PNG()
}

func TestLiveOutsideANotebookDoesNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	drawn := 0
	f := counted{Grid(ramp(1, 1, 8, 8), 1), &drawn}
	live := NewLive()
	live.Update(func() Figure { return f })
	live.Finish(f)
	if _, err := os.Stat("plots"); drawn != 0 || !os.IsNotExist(err) {
		t.Errorf("drawn %d times, plots folder: %v; want nothing done", drawn, err)
	}
}

// In a notebook the first of many updates is drawn, those that follow at once
// are dropped, and Finish draws the last state in the same place.
func TestLiveInANotebook(t *testing.T) {
	messages := fakeNotebook(t)
	drawn := 0
	f := counted{Grid(ramp(1, 1, 8, 8), 1), &drawn}
	live := NewLive()
	for range 100 {
		live.Update(func() Figure { return f })
	}
	live.Finish(f)
	if drawn != 2 {
		t.Errorf("drawn %d times, want once by Update and once by Finish", drawn)
	}
	want, _ := f.PNG()
	first, last := next(t, messages), next(t, messages)
	for _, message := range []protocol.DisplayData{first, last} {
		if got, _ := message.Data[protocol.MIMEImagePNG].([]byte); string(got) != string(want) {
			t.Errorf("displayed %+v, want the PNG", message)
		}
	}
	if first.DisplayID == "" || first.DisplayID != last.DisplayID {
		t.Errorf("displayed as %q and %q, want the same place", first.DisplayID, last.DisplayID)
	}

	// A figure that cannot be drawn says so in its place and stops nothing.
	live = NewLive()
	live.Finish(Grid(nil, 1))
	if text, _ := next(t, messages).Data[protocol.MIMETextPlain].(string); !strings.Contains(text, "grid") {
		t.Errorf("displayed %q, want the error", text)
	}
}

// fakeNotebook stands in for the kernel at the other end of GoNB's two pipes
// and returns what is displayed.
func fakeNotebook(t *testing.T) <-chan protocol.DisplayData {
	t.Helper()
	dir := t.TempDir()
	toKernel, fromKernel := filepath.Join(dir, "to"), filepath.Join(dir, "from")
	for _, pipe := range []string{toKernel, fromKernel} {
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Skipf("no named pipes here: %v", err)
		}
	}
	t.Setenv(protocol.GONB_PIPE_ENV, toKernel)
	t.Setenv(protocol.GONB_PIPE_BACK_ENV, fromKernel)
	gonbui.IsNotebook = true
	t.Cleanup(func() { gonbui.IsNotebook = false })

	messages := make(chan protocol.DisplayData, 100)
	go func() {
		in, err := os.Open(toKernel)
		if err != nil {
			t.Error(err)
			return
		}
		out, err := os.OpenFile(fromKernel, os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
			return
		}
		decoder, encoder := gob.NewDecoder(in), gob.NewEncoder(out)
		for {
			var message protocol.DisplayData
			if decoder.Decode(&message) != nil {
				return
			}
			if sync, ok := message.Data[protocol.MIMECommValue].(protocol.CommValue); ok {
				_ = encoder.Encode(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: sync.Value})
				continue
			}
			messages <- message
		}
	}()
	return messages
}

// next returns the next message that was displayed.
func next(t *testing.T, messages <-chan protocol.DisplayData) protocol.DisplayData {
	t.Helper()
	select {
	case m := <-messages:
		return m
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was displayed for 10 seconds")
		return protocol.DisplayData{}
	}
}
