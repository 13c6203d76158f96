package train

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"ebm/ebmlib/internal/untrusted"
)

const lockFile = "lock"

// holder is what the lock file says of the process that trains a run.
type holder struct {
	Process int    `json:"process"`
	Host    string `json:"host"`
	Since   string `json:"since"`
}

// lock makes this process the only one that trains the run, until the lock is closed or the process ends, however it does. Others may open
// the run, plot it, and sample from it meanwhile.
func lock(dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, lockFile)
	l := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o666))
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("run %s can't be locked: %w", dir, err)
	}
	if !got {
		return nil, busyError(dir, path)
	}
	host, _ := os.Hostname() // It is for a person to read, who does without.
	text, err := json.Marshal(holder{os.Getpid(), host, time.Now().Format(time.DateTime)})
	if err == nil {
		err = os.WriteFile(path, append(text, '\n'), 0o666)
	}
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("run %s can't be locked: %w", dir, err)
	}
	return l, nil
}

func busyError(dir, path string) error {
	by := "another process"
	var h holder
	if text, err := untrusted.ReadFile(path, maxNote); err == nil && json.Unmarshal(text, &h) == nil {
		by = fmt.Sprintf("process %d on %s since %s", h.Process, h.Host, h.Since)
	}
	return fmt.Errorf("run %s is being trained, by %s: wait for that, end it (Ctrl-C there saves), or take another directory; "+
		"plotting and sampling need not wait", dir, by)
}
