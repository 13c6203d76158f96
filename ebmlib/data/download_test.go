package data

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var (
	wholeFile = bytes.Repeat([]byte("an honest file "), 20_000)
	impatient = waits{answer: 500 * time.Millisecond, stall: 500 * time.Millisecond}
)

func sumOf(content []byte) string {
	sum := md5.Sum(content)
	return hex.EncodeToString(sum[:])
}

// serve answers requests with handle until the test ends, and records their Range headers.
func serve(t *testing.T, handle http.HandlerFunc) (url string, ranges *[]string) {
	ranges = new([]string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*ranges = append(*ranges, r.Header.Get("Range"))
		handle(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, ranges
}

// withRanges serves the whole file, or the range asked for.
func withRanges(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "file", time.Time{}, bytes.NewReader(wholeFile))
}

func expectFile(t *testing.T, path string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(path)
	ok(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s has %d bytes that differ from the %d wanted", path, len(got), len(want))
	}
}

func expectNoFile(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is there, or cannot be told to be missing: %v", path, err)
	}
}

func TestDownloadWhole(t *testing.T) {
	url, _ := serve(t, withRanges)
	path := filepath.Join(t.TempDir(), "new folder", "file")
	ok(t, Download(t.Context(), url, path, sumOf(wholeFile)))
	expectFile(t, path, wholeFile)
	expectNoFile(t, path+".part")
}

func TestDownloadGoesOnAfterAnInterruption(t *testing.T) {
	half := len(wholeFile) / 2
	url, ranges := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "" {
			withRanges(w, r)
			return
		}
		w.Header().Set("Content-Length", "300000")
		w.Write(wholeFile[:half]) // and no more: the connection breaks
	})
	path := filepath.Join(t.TempDir(), "file")
	expectError(t, Download(t.Context(), url, path, sumOf(wholeFile)), url)
	expectNoFile(t, path)
	expectFile(t, path+".part", wholeFile[:half])

	ok(t, Download(t.Context(), url, path, sumOf(wholeFile)))
	expectFile(t, path, wholeFile)
	if got := (*ranges)[1]; got != "bytes=150000-" {
		t.Errorf("the second request asked for the range %q", got)
	}
}

func TestDownloadStartsAnewIfRangesAreRefused(t *testing.T) {
	url, ranges := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write(wholeFile) })
	dir := t.TempDir()
	writeFile(t, []byte("the beginning of something else"), dir, "file.part")
	path := filepath.Join(dir, "file")
	ok(t, Download(t.Context(), url, path, sumOf(wholeFile)))
	expectFile(t, path, wholeFile)
	if got := (*ranges)[0]; got != "bytes=31-" {
		t.Errorf("the request asked for the range %q", got)
	}
}

func TestDownloadTakesAPartThatIsWhole(t *testing.T) {
	url, _ := serve(t, withRanges)
	dir := t.TempDir()
	writeFile(t, wholeFile, dir, "file.part")
	path := filepath.Join(dir, "file")
	ok(t, Download(t.Context(), url, path, sumOf(wholeFile)))
	expectFile(t, path, wholeFile)
}

func TestDownloadRemovesAWrongFile(t *testing.T) {
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("please log in")) })
	path := filepath.Join(t.TempDir(), "file")
	err := Download(t.Context(), url, path, sumOf(wholeFile))
	expectError(t, err, url, "MD5", sumOf([]byte("please log in")), sumOf(wholeFile), "removed")
	expectNoFile(t, path)
	expectNoFile(t, path+".part")
}

func TestDownloadReportsTheAnswerOfTheServer(t *testing.T) {
	url, _ := serve(t, http.NotFound)
	path := filepath.Join(t.TempDir(), "file")
	expectError(t, Download(t.Context(), url, path, sumOf(wholeFile)), url, "404 Not Found")
	expectNoFile(t, path+".part")
}

func TestDownloadFromADeadServer(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	path := filepath.Join(t.TempDir(), "file")
	expectError(t, Download(t.Context(), closed.URL, path, sumOf(wholeFile)), closed.URL, "refused")
	expectNoFile(t, path+".part")

	mute, err := net.Listen("tcp", "127.0.0.1:0") // connects, and never answers
	ok(t, err)
	defer mute.Close()
	url := "http://" + mute.Addr().String()
	expectError(t, download(t.Context(), url, path, sumOf(wholeFile), impatient), url, "silent")
	expectNoFile(t, path+".part")
}

func TestDownloadGivesUpOnAStalledServer(t *testing.T) {
	done := make(chan struct{})
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Write(wholeFile[:1000])
		w.(http.Flusher).Flush()
		<-done
	})
	defer close(done)
	path := filepath.Join(t.TempDir(), "file")
	expectError(t, download(t.Context(), url, path, sumOf(wholeFile), impatient), url, "silent")
	expectFile(t, path+".part", wholeFile[:1000])
}

func TestDownloadIsPatientWithASlowServer(t *testing.T) {
	pieces := len(wholeFile) / 10
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for i := range 10 {
			w.Write(wholeFile[i*pieces : (i+1)*pieces])
			w.(http.Flusher).Flush()
			time.Sleep(120 * time.Millisecond)
		}
	})
	path := filepath.Join(t.TempDir(), "file")
	ok(t, download(t.Context(), url, path, sumOf(wholeFile), waits{answer: time.Second, stall: time.Second}))
	expectFile(t, path, wholeFile)
}

func TestDownloadCanBeCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	url, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-done
	})
	defer close(done)
	err := Download(ctx, url, filepath.Join(t.TempDir(), "file"), sumOf(wholeFile))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want one that wraps context.Canceled", err)
	}
}

func TestDownloadSharesNoPartFile(t *testing.T) {
	url, _ := serve(t, withRanges)
	path := filepath.Join(t.TempDir(), "file")
	other, err := openPart(path + ".part")
	ok(t, err)
	expectError(t, Download(t.Context(), url, path, sumOf(wholeFile)), path+".part", "another download")
	ok(t, other.Close())
	ok(t, Download(t.Context(), url, path, sumOf(wholeFile)))
}
