package data

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// waits bound the silence of a server; they do not bound a download that makes progress.
type waits struct {
	answer time.Duration // from the start to the headers of the answer: name look-up, connection, TLS and first byte
	stall  time.Duration // from one piece of the body to the next
}

var errSilent = errors.New("the server is silent; is there a network?")

// Download fetches url into the file path, whose MD5 (as hexadecimal digits) must be sum; missing folders are created. It
// gives up after 5 seconds without a first answer or 20 seconds without further bytes, or when ctx is done.
//
// The file appears under its name only when it is whole and verified. Until then it is path.part, which stays after an
// interruption and from which the next call goes on; it is removed if its MD5 is wrong. A progress bar is shown while
// standard error is a terminal.
func Download(ctx context.Context, url, path, sum string) error {
	return download(ctx, url, path, sum, waits{answer: 5 * time.Second, stall: 20 * time.Second})
}

func download(ctx context.Context, url, path, sum string, patience waits) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("download %s: %w", url, err)
	}
	part, err := openPart(path + ".part")
	if err != nil {
		return fmt.Errorf("download %s: %w", url, err)
	}
	defer part.Close()
	if err := fetch(ctx, url, part, patience); err != nil {
		removeIfEmpty(part)
		return fmt.Errorf("download %s: %w", url, err)
	}
	got, err := md5Of(part)
	if err != nil {
		return fmt.Errorf("download %s: %w", url, err)
	}
	if got != sum {
		if err := os.Remove(part.Name()); err != nil {
			return fmt.Errorf("download %s: what arrived is not the file, and could not be removed: %w", url, err)
		}
		return fmt.Errorf("download %s: the MD5 of what arrived is %s instead of %s: it was removed; try again, or get the file elsewhere", url, got, sum)
	}
	if err := part.Sync(); err != nil {
		return fmt.Errorf("download %s: %w", url, err)
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return fmt.Errorf("download %s: %w", url, err)
	}
	return nil
}

// openPart opens a part file for one process at a time: two writers would spoil each other's work.
func openPart(path string) (*os.File, error) {
	part, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(part.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		part.Close()
		return nil, fmt.Errorf("%s is in use, probably by another download: wait until that has ended: %w", path, err)
	}
	return part, nil
}

// fetch appends to part what it lacks of url, or writes it whole if the server does not serve ranges.
func fetch(ctx context.Context, url string, part *os.File, patience waits) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(patience.answer, func() { cancel(errSilent) })
	defer watchdog.Stop()
	defer func() {
		// The watchdog and the caller end a transfer by the context; its cause says more than the broken connection does.
		if err != nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
	}()

	have, err := part.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Header.Set("Accept-Encoding", "identity") // the checksum is of the file as it is stored
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusPartialContent:
	case http.StatusOK:
		if have, err = 0, restart(part); err != nil {
			return err
		}
	case http.StatusRequestedRangeNotSatisfiable:
		return nil // nothing is lacking: the checksum tells whether it is the file
	default:
		return fmt.Errorf("the server answered %q", response.Status)
	}

	watchdog.Reset(patience.stall)
	bar := progress(filepath.Base(part.Name()), have, response.ContentLength)
	defer bar.Clear()
	defer bar.Exit()
	_, err = io.Copy(io.MultiWriter(part, bar, heartbeat{watchdog, patience.stall}), response.Body)
	return err
}

// heartbeat puts a timer off by wait at each write.
type heartbeat struct {
	timer *time.Timer
	wait  time.Duration
}

func (h heartbeat) Write(piece []byte) (int, error) {
	h.timer.Reset(h.wait)
	return len(piece), nil
}

// progress is a bar on standard error, which stays invisible unless that is a terminal. A length to come of -1 is unknown.
func progress(name string, have, toCome int64) *progressbar.ProgressBar {
	total := int64(-1)
	if toCome >= 0 {
		total = have + toCome
	}
	bar := progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetVisibility(term.IsTerminal(int(os.Stderr.Fd()))),
		progressbar.OptionSetDescription(name),
		progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(100*time.Millisecond))
	bar.Set64(have)
	return bar
}

func restart(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.Seek(0, io.SeekStart)
	return err
}

func removeIfEmpty(file *os.File) {
	if info, err := file.Stat(); err == nil && info.Size() == 0 {
		os.Remove(file.Name())
	}
}

func md5Of(file *os.File) (string, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	hash := md5.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
